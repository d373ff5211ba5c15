/** From a confirmed plan to reports: a run is created in the state, carried out and shown. */
import type { ExitCode } from '../core/exit.ts';
import { newRunId } from '../core/run-id.ts';
import { describeCounts, type OutcomeCounts } from '../core/summary.ts';
import type { Job, PlannedRow, Run } from '../core/types.ts';
import { keptOf, type Settings } from '../settings/settings.ts';
import { carryOut } from './carry-out.ts';
import type { JobInput, Reach } from '../wiring/session.ts';
import { clock, operatorOf, type Tools } from '../wiring/connection.ts';
import { showEnding } from '../cli/views/ending.ts';

export interface NewRun {
  readonly job: Job;
  readonly comment: string;
  readonly rows: Iterable<PlannedRow>;
  readonly outcomes: OutcomeCounts;
  readonly listHash: string;
  readonly planHash: string | null;
  readonly settings: Settings;
}

/** @throws StateError when the run cannot be recorded: nothing was sent then */
export async function startRun(wanted: NewRun, reach: Reach, { sources }: JobInput, tools: Tools): Promise<ExitCode> {
  const { job, settings, rows, outcomes } = wanted;
  const { connection, state, bearer } = reach;
  const run = newRun(wanted, reach, keptOf(sources), tools);
  await state.createRun(run, rows);
  tools.display.say(`${run.emulated ? 'EMULATED: ' : ''}Run ${run.id}: ${describeCounts(outcomes)}`);
  const ending = await carryOut({ run, job, state, connection, bearer, settings }, tools);
  return showEnding(ending, settings, tools.io);
}

function newRun(
  { job, comment, listHash, planHash, settings }: NewRun,
  { connection, identity }: Reach,
  kept: Run['settings'],
  { io }: Tools,
): Run {
  const { tenant, clientId } = identity;
  const now = clock.now();
  const { emulator: emulated } = settings;
  return {
    id: newRunId(now, emulated, Math.random),
    job: job.name,
    tenant,
    clientId,
    host: connection.host,
    comment,
    operator: operatorOf(settings, io.env),
    emulated,
    listHash,
    planHash,
    settings: kept,
    createdAt: now,
    finishedAt: null,
    status: 'running',
    exitCode: null,
    note: null,
    observed: null,
  };
}
