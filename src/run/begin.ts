/** A confirmed plan becomes a run in the state, and is carried out. */
import { newRunId } from '../core/run-id.ts';
import type { OutcomeCounts } from '../core/summary.ts';
import type { Job, PlannedRow, Run } from '../core/types.ts';
import { keptOf } from '../settings/settings.ts';
import { operatorOf } from '../wiring/identity.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';
import { carryOut } from './carry-out.ts';
import type { Ending } from './ending.ts';

export interface NewRun {
  readonly job: Job;
  readonly comment: string;
  readonly rows: Iterable<PlannedRow>;
  readonly outcomes: OutcomeCounts;
  readonly listHash: string;
  readonly planHash: string | null;
}

/** @throws StateError when the run cannot be recorded: nothing was sent then */
export async function beginRun(wanted: NewRun, session: Session): Promise<Ending> {
  const run = newRun(wanted, session);
  await session.state.createRun(run, wanted.rows);
  return carryOut({ run, job: wanted.job, resumed: false }, session);
}

function newRun({ job, comment, listHash, planHash }: NewRun, { settings, identity, host, tools }: Session): Run {
  const now = clock.now();
  const { emulator: emulated } = settings;
  return {
    id: newRunId(now, emulated, Math.random),
    job: job.name,
    tenant: identity.tenant,
    clientId: identity.clientId,
    host,
    comment,
    operator: operatorOf(settings, tools.env),
    emulated,
    listHash,
    planHash,
    settings: keptOf(settings.sources),
    createdAt: now,
    finishedAt: null,
    status: 'running',
    exitCode: null,
    note: null,
    observed: null,
  };
}
