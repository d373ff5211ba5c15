/** From a run in the state to its reports and exit code: what `run` and `resume` have in common. */
import { formatDuration } from '../core/durations.ts';
import { EXIT, weightiest, type ExitCode } from '../core/exit.ts';
import type { Bearer, State } from '../core/ports.ts';
import { exitFor } from '../core/summary.ts';
import type { Job, Outcome, Run } from '../core/types.ts';
import { Halt } from '../engine/attempts/halt.ts';
import { openSender } from '../engine/dispatch/sender.ts';
import { messageOf, StateError } from '../core/errors.ts';
import { writeReports } from '../reports/index.ts';
import { reportOf, type Report } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';
import { openNotifier, watchForStall, type News, type Notifier } from '../notify/notifier.ts';
import { startProgress } from '../cli/views/progress.ts';
import { clock, identityOf, openLane, type Connection, type Tools } from '../wiring/connection.ts';
import { listenForSignals, stopAtTimes } from './stop.ts';

export interface Work {
  readonly run: Run;
  readonly job: Job;
  readonly state: State;
  readonly connection: Connection;
  readonly bearer: Bearer;
  readonly settings: Settings;
  /** Settled rows of these outcomes are called again. */
  readonly reopen?: readonly Outcome[];
}

export interface Ending {
  readonly exitCode: ExitCode;
  /** Why it stopped early, in words; null when it did not. */
  readonly note: string | null;
  readonly report: Report | undefined;
  readonly files: readonly string[];
}

/**
 * Works on the run until it is done or stopped; the state has every step, and the reports are written in any case.
 * @throws RunBusyError when another process works on it
 */
export async function carryOut(work: Work, tools: Tools): Promise<Ending> {
  const { run, state, settings } = work;
  const lock = await state.lockRun(run.id);
  const notifier = await openNotifier(run, settings, tools);
  try {
    if (work.reopen) await state.reopen(run.id, { outcomes: work.reopen });
    const halt = new Halt();
    await workOn(work, halt, notifier, tools);
    const ending = await finish(work, halt, tools);
    notifier.tell({ event: 'end', ...newsOf(ending) });
    return ending;
  } finally {
    // First the lock: a slow receiver of notices must not keep a resume waiting.
    await lock.release();
    await notifier.close();
  }
}

function newsOf({ exitCode, note, report }: Ending): Omit<News, 'event'> {
  const resumable = report?.run.status === 'interrupted';
  return { exitCode, resumable, ...(note !== null && { why: note }), ...(report && { outcomes: report.summary.outcomes }) };
}

async function workOn(work: Work, halt: Halt, notifier: Notifier, tools: Tools): Promise<void> {
  const { run, state, settings } = work;
  await state.updateRun(run.id, { status: 'running', finishedAt: null, exitCode: null, note: null });
  const stopListening = listenForSignals(halt, tools);
  const stopTimers = stopAtTimes(settings, halt, tools.io.now());
  try {
    await send(work, halt, notifier, tools);
  } catch (error) {
    halt.stop(error instanceof StateError ? error.exitCode : EXIT.internal, messageOf(error));
  } finally {
    stopTimers();
    stopListening();
  }
}

async function send(work: Work, halt: Halt, notifier: Notifier, tools: Tools): Promise<void> {
  const { run, job, state, connection, bearer, settings } = work;
  const { log } = tools.display;
  const identity = identityOf(bearer, connection.credential);
  const { retries, attemptTimeout: attemptTimeoutMs, outage: outageMs, readLag: readLagMs, maxErrors, sharedQuota, rate } = settings;
  const sender = await openSender({
    run,
    job,
    state,
    halt,
    clock,
    log,
    retries,
    attemptTimeoutMs,
    outageMs,
    readLagMs,
    maxErrors,
    sharedQuota,
    api: connection.api,
    server: connection.server,
    windows: rate,
    openLane: (wish) => openLane({ ...wish, identity, connection, state, settings, halt, display: tools.display }),
  });
  const { tally, actions, counts } = sender;
  const progress = startProgress({
    calls: counts.open,
    tally,
    gate: actions.gate,
    windows: settings.rate,
    display: tools.display,
    emulated: run.emulated,
  });
  notifier.tell({ event: 'start', ...counts });
  const stopWatching = watchForStall({ ...actions, onStall: (why) => notifier.tell({ event: 'stall', why }) });
  log.info({ run: run.id, job: job.name, ...counts, host: run.host, emulated: run.emulated }, `${run.emulated ? 'EMULATED: ' : ''}sending`);
  try {
    await sender.send((_, settlement) => progress.settled(settlement.outcome));
  } finally {
    stopWatching();
    progress.stop();
  }
}

async function finish({ run, state, settings }: Work, halt: Halt, { display, secrets }: Tools): Promise<Ending> {
  // The API's own words may be among the reasons.
  const note = secrets.scrub(halt.reasons.map(({ why }) => why).join('; ')) || null;
  const codes = halt.reasons.map(({ code }) => code);
  try {
    const { open } = await state.callCounts(run.id);
    const made = await reportOf(run, () => state.rows(run.id));
    const exitCode = weightiest([...codes, exitFor(made.summary.outcomes, settings.failOn)]);
    const ended = { status: open > 0 ? 'interrupted' : 'done', finishedAt: clock.now(), exitCode, note } as const;
    const { observed = null } = (await state.run(run.id)) ?? {};
    const report = { ...made, run: { ...run, ...ended, observed } };
    // The run is done only when its reports are there: killed in between, it is resumed and writes them.
    const files = await writeReports(report, reportFolder(settings.report, run.id));
    await state.updateRun(run.id, ended);
    return { exitCode, note, report, files };
  } catch (error) {
    display.log.error({ error: messageOf(error) }, 'the run could not be brought to its end');
    return {
      exitCode: EXIT.internal,
      note: [note, messageOf(error)].filter((part) => part !== null).join('; '),
      report: undefined,
      files: [],
    };
  }
}

/** `{run}` in a folder's name stands for the run's id. */
export function reportFolder(given: string | undefined, runId: string): string {
  return (given ?? 'reports/{run}').replaceAll('{run}', runId);
}

/** How long a run took, for the summary. */
export function tookOf(run: Run): string {
  return formatDuration((run.finishedAt ?? run.createdAt) - run.createdAt);
}
