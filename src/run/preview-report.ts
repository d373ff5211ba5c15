/** A preview in the form of a run's report: the same writers make the same files of it. */
import { formatDuration } from '../core/durations.ts';
import { describeEta } from '../core/eta.ts';
import type { Refusal } from '../core/guards.ts';
import { risksOf } from '../core/job-words.ts';
import { expectedOutcome } from '../core/plan.ts';
import { newRunId } from '../core/run-id.ts';
import type { Job, Parameters, PlannedRow, Run, RunRow } from '../core/types.ts';
import type { PlanFacts } from '../reports/plan-facts.ts';
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

/** What may go wrong for the people at those machines, as the question says it; none where no machine would be called. */
export function risksOfPreview({ job, parameters, prepared }: Pick<Preview, 'job' | 'parameters' | 'prepared'>): readonly string[] {
  return prepared.plan.calls > 0 ? risksOf(job, parameters) : [];
}

/** The rows with their would-be outcomes. The run is no run: its id begins `preview-`, and the state does not know it. */
export function reportOfPreview(preview: Preview, saved?: SavedFile): Report {
  const { plan } = preview.prepared;
  const run = runOfPreview(preview);
  const summary = { rows: plan.size, attempts: 0, outcomes: plan.outcomes, statuses: {}, opposed: {} };
  return {
    run,
    summary,
    windows: windowsOf(run),
    inputColumns: inputColumnsOf(preview.list),
    madeAt: preview.now,
    rows: () => asRunRows(plan.rows),
    job: preview.job,
    plan: planFactsOf(preview, saved),
  };
}

function inputColumnsOf({ rows }: TargetList): string[] {
  const names = new Set<string>();
  for (const { input } of rows) for (const name in input) names.add(name);
  return [...names];
}

function planFactsOf(preview: Preview, saved: SavedFile | undefined): PlanFacts {
  const { prepared, final, timing, warnings, now } = preview;
  const { calls, platforms, unmatched } = prepared.plan;
  return {
    calls,
    platforms,
    guards: prepared.refusals.map((refusal) => ({ ...refusal, stops: final.includes(refusal) })),
    unmatched: unmatched.map(({ written, file, line }) => `${written} (${file}:${line})`),
    risks: risksOfPreview(preview),
    warnings,
    when: describeEta(timing.eta, now),
    quota: timing.quota.map(({ left, limit, ms }) => `${left} of ${limit} per ${formatDuration(ms)}`),
    ...(saved && { saved }),
  };
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
  for (const { row, machineId, deviceName, file, line, message = null, input, ...decided } of rows)
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
      ...(input && { input }),
    };
}
