/** The use cases of a session, for another program. */
import type { Readable } from 'node:stream';
import type { RunOverview } from '../core/ports.ts';
import { cancelIn, type CancelEnding } from '../run/cancel.ts';
import type { Confirm, ConfirmWave } from '../run/confirm.ts';
import type { Ending } from '../run/ending.ts';
import { runNamed } from '../run/find-run.ts';
import { followIn, type FollowEnding } from '../run/follow.ts';
import { readList, type TargetList } from '../run/list.ts';
import { previewIn } from '../run/preview.ts';
import { reportOfPreview } from '../run/preview-report.ts';
import { reportFrom, type Reported } from '../run/records.ts';
import { resumeIn } from '../run/resume.ts';
import { startIn } from '../run/start.ts';
import { statusIn, type StatusResult } from '../run/status.ts';
import { undoIn } from '../run/undo.ts';
import type { Refusal } from '../core/guards.ts';
import type { Eta } from '../core/eta.ts';
import type { Report } from '../reports/report.ts';
import type { Session } from '../wiring/session.ts';

export interface OnMachines {
  /** The job's name: "restrict". */
  readonly job: string;
  /** Ids of machines. */
  readonly machines?: readonly string[];
  /** Files that hold lists; "-" is `stdin`. */
  readonly lists?: readonly string[];
  readonly stdin?: Readable;
}

export interface StartOptions extends OnMachines {
  /** Called with all that is about to happen, before the first POST; only `{ yes: true }` lets it happen. */
  readonly confirm: Confirm;
  /** Called before each further wave (setting `waves`), with how the one before ended; without it only the setting `yes` lets it go. */
  readonly confirmWave?: ConfirmWave;
}

function listOf({ machines = [], lists = [], stdin }: OnMachines, { settings }: Session): Promise<TargetList> {
  return readList(lists, { ...settings, machine: [...settings.machine, ...machines] }, stdin);
}

export interface PreviewResult {
  readonly report: Report;
  /** What stands against a run; empty when nothing does. */
  readonly refusals: readonly Refusal[];
  /** Machines that would be called. */
  readonly calls: number;
  readonly eta: Eta;
}

/** What a run would do; sends no POST. @throws UserError when the list, the exclusions or the facts cannot be read */
export async function preview(session: Session, options: OnMachines): Promise<PreviewResult> {
  const list = await listOf(options, session);
  const { made } = await previewIn(session, { jobName: options.job, list, canAsk: true });
  const { prepared, timing } = made;
  return { report: reportOfPreview(made), refusals: prepared.refusals, calls: prepared.plan.calls, eta: timing.eta };
}

/**
 * Carries a job out on machines, to its end. One machine's failure is a row's outcome, never an error.
 * @throws GuardError when a guard refuses or `confirm` says no; UsageError for a list or comment that is missing: nothing was sent
 * @throws RunBusyError, which knows its run
 */
export async function start(session: Session, options: StartOptions): Promise<Ending> {
  return startIn(session, {
    jobName: options.job,
    list: await listOf(options, session),
    confirm: options.confirm,
    confirmWave: options.confirmWave,
  });
}

/** Goes on with an interrupted run: the only unfinished one if none is named. @throws SeveralRunsError, which knows them */
export async function resume(session: Session, runId?: string, confirmWave?: ConfirmWave): Promise<Ending> {
  return resumeIn(session, runId, confirmWave);
}

/** The runs of the session's state, newest first. */
export function runs({ state }: Session): Promise<readonly RunOverview[]> {
  return state.runs();
}

/** Writes the reports of a run again; of the newest one if none is named. @throws UsageError when there is no such run */
export async function report({ state, settings }: Session, runId?: string): Promise<Reported> {
  return reportFrom(state, runId, settings);
}

/** Looks at the actions of a run until all have ended, or `settings.timeout` is over. @throws UsageError when there is no such run */
export async function follow(session: Session, runId: string): Promise<FollowEnding> {
  return followIn(session, await runNamed(session.state, runId));
}

/** What is in force on the machines of a run, as the API's record of actions says; sends nothing. @throws as `follow` does */
export async function status(session: Session, runId: string): Promise<StatusResult> {
  return statusIn(session, await runNamed(session.state, runId));
}

/**
 * The inverse job on exactly the machines for which a run created an action; what is still open is cancelled instead.
 * @throws UsageError for a run that cannot be taken back; RunBusyError while a process works on it; GuardError as `start` does
 */
export async function undo(session: Session, runId: string, confirm: Confirm): Promise<Ending> {
  return undoIn(session, await runNamed(session.state, runId), confirm);
}

/** Cancels a run's own actions that have not ended. @throws RunBusyError while a process works on it; GuardError as `start` does */
export async function cancel(session: Session, runId: string, confirm: Confirm): Promise<CancelEnding> {
  return cancelIn(session, await runNamed(session.state, runId), confirm);
}
