/** A preview in the form of a run's report: the same writers make the same files of it. */
import type { Refusal } from '../core/guards.ts';
import { expectedOutcome } from '../core/plan.ts';
import { newRunId } from '../core/run-id.ts';
import type { Job, Parameters, PlannedRow, Run, RunRow } from '../core/types.ts';
import type { Report } from '../reports/report.ts';
import { windowsOf } from '../reports/windows.ts';
import type { Settings } from '../settings/settings.ts';
import type { TargetList } from './list.ts';
import type { Prepared, Timing } from './prepare.ts';
import { operatorOf, type Identity } from '../wiring/identity.ts';

/** All that a preview found out. */
export interface Preview {
  readonly job: Job;
  readonly parameters: Parameters;
  readonly list: TargetList;
  readonly settings: Settings;
  readonly prepared: Prepared;
  readonly timing: Timing;
  readonly now: number;
  readonly identity: Identity;
  readonly host: string;
  readonly comment: string | undefined;
  /** Refusals that would stop a run. */
  readonly final: readonly Refusal[];
  readonly warnings: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface SavedFile {
  readonly file: string;
  readonly sha256: string;
}

/** The rows with their would-be outcomes. The run is no run: its id begins `preview-`, and the state does not know it. */
export function reportOfPreview(preview: Preview): Report {
  const { plan } = preview.prepared;
  const run = runOfPreview(preview);
  const summary = { rows: plan.size, attempts: 0, outcomes: plan.outcomes, statuses: {} };
  return { run, summary, windows: windowsOf(run), inputColumns: [], rows: () => asRunRows(plan.rows) };
}

function runOfPreview({ job, identity, host, comment, settings, list, now, env }: Preview): Run {
  const { emulator: emulated } = settings;
  return {
    id: newRunId(now, emulated, Math.random).replace('r-', 'preview-'),
    job: job.name,
    tenant: identity.tenant,
    clientId: identity.clientId,
    host,
    comment: comment ?? '',
    operator: operatorOf(settings, env),
    emulated,
    listHash: list.hash(),
    planHash: null,
    settings: {},
    createdAt: now,
    finishedAt: now,
    status: 'done',
    exitCode: null,
    note: 'preview: nothing was sent',
    observed: null,
  };
}

async function* asRunRows(rows: Iterable<PlannedRow>): AsyncGenerator<RunRow> {
  for (const { row, machineId, deviceName, file, line, message = null, ...decided } of rows)
    yield {
      row,
      machineId,
      deviceName,
      file,
      line,
      outcome: expectedOutcome(decided),
      message,
      actionId: null,
      actionStatus: null,
      httpStatus: null,
      errorCode: null,
      attempts: 0,
      firstSentAt: null,
      settledAt: null,
    };
}
