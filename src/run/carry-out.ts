/** From a run in the state to its reports and exit code: what `start` and `resume` have in common. */
import { EXIT } from '../core/exit.ts';
import { messageOf, StateError } from '../core/errors.ts';
import { slowestPace } from '../core/rate.ts';
import type { State } from '../core/ports.ts';
import { countOutcomes } from '../core/summary.ts';
import type { Job, Outcome, Run } from '../core/types.ts';
import { Halt } from '../engine/attempts/halt.ts';
import { dispatch } from '../engine/dispatch/dispatch.ts';
import { Reconciler } from '../engine/dispatch/reconcile.ts';
import { allowedErrors, StopRules } from '../engine/dispatch/stop-rules.ts';
import { createListReader } from '../engine/reads/actions.ts';
import { openLanes, type OpenLane } from '../wiring/lanes.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';
import type { Ending } from './ending.ts';
import { finish } from './finish.ts';
import { progressOf } from './progress.ts';
import { watchForStall } from './stall.ts';
import { stopAtTimes, stopOnAbort } from './stop.ts';
import { Tally } from './tally.ts';

export interface Work {
  readonly run: Run;
  readonly job: Job;
  readonly resumed: boolean;
  /** Settled rows of these outcomes are called again. */
  readonly reopen?: readonly Outcome[];
}

/**
 * Works on the run until it is done or stopped; the state has every step, and the reports are written in any case.
 * @throws RunBusyError when another process works on it
 */
export async function carryOut(work: Work, session: Session): Promise<Ending> {
  const { run } = work;
  const { state, tools } = session;
  const lock = await state.lockRun(run.id);
  try {
    if (work.reopen) await state.reopen(run.id, { outcomes: work.reopen });
    const halt = new Halt();
    await workOn(work, session, halt);
    const ending = await finish(run, session, halt);
    const { exitCode, note, summary } = ending;
    tools.listener({ kind: 'ended', run: ending.run, exitCode, note, outcomes: summary?.outcomes });
    return ending;
  } finally {
    await lock.release();
  }
}

async function workOn(work: Work, session: Session, halt: Halt): Promise<void> {
  const { state, settings, tools } = session;
  await state.updateRun(work.run.id, { status: 'running', finishedAt: null, exitCode: null, note: null });
  const stopListening = stopOnAbort(tools.signal, halt, tools.listener);
  const stopTimers = stopAtTimes(settings, halt, clock.now());
  try {
    await send(work, session, halt);
  } catch (error) {
    halt.stop(error instanceof StateError ? error.exitCode : EXIT.internal, messageOf(error));
  } finally {
    stopTimers();
    stopListening();
  }
}

async function send({ run, job, resumed }: Work, session: Session, halt: Halt): Promise<void> {
  const { state, settings, api, tools } = session;
  const { log, listener } = tools;
  const tally = await tallyOf(run, session);
  // Reads are no precondition for sending: while there is something to send, their outage stops nothing.
  const mayStop = (): boolean => tally.left <= reconciler.waiting;
  const { actions, reads } = await openLanes(session, job.segment, halt, mayStop);
  const reconciler = reconcilerOf(run, job, session, reads, halt);
  const progress = { tally, reconciler, ...actions, windows: settings.rate };
  listener({ kind: 'begun', run, resumed, progress: () => progressOf(progress, clock.now()) });
  const stopWatching = watchForStall({ ...actions, onStall: (why) => listener({ kind: 'stalled', why }) });
  try {
    await dispatch({
      run,
      job,
      state,
      api,
      lane: actions.lane,
      reconciler,
      halt,
      clock,
      log,
      retries: settings.retries,
      attemptTimeoutMs: settings.attemptTimeout,
      rules: new StopRules(halt, allowedErrors(settings.maxErrors, tally.left)),
      onSettled: (row, settlement) => {
        tally.settled(settlement.outcome, clock.now());
        listener({ kind: 'settled', row, settlement });
      },
    });
  } finally {
    stopWatching();
    actions.lane.close();
    reads.lane.close();
  }
}

/** Two lists, each with a page and the empty one after it. */
const GETS_PER_READ = 4;

function reconcilerOf(run: Run, job: Job, { settings, api, tools }: Session, reads: OpenLane, halt: Halt): Reconciler {
  return new Reconciler({
    runId: run.id,
    actionType: job.actionType,
    readLagMs: settings.readLag,
    patienceMs: 2 * settings.outage,
    lists: createListReader(api, reads.lane, run.id),
    frugal: settings.sharedQuota,
    readEveryMs: GETS_PER_READ * slowestPace(settings.rate),
    clock,
    log: tools.log,
    halt,
  });
}

/** What earlier processes did counts too. */
async function tallyOf(run: Run, { state }: Session): Promise<Tally> {
  const counts = await state.callCounts(run.id);
  const settled = counts.open === counts.calls ? [] : await Array.fromAsync(settledCalls(state, run.id));
  return new Tally({ ...counts, settled: countOutcomes(settled) });
}

async function* settledCalls(state: State, runId: string): AsyncGenerator<Outcome> {
  for await (const { outcome, settledAt } of state.rows(runId)) if (settledAt !== null) yield outcome;
}
