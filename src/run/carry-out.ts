/** From a run in the state to its reports and exit code: what `start` and `resume` have in common. */
import { EXIT } from '../core/exit.ts';
import { messageOf, StateError } from '../core/errors.ts';
import type { Listener } from '../core/ports.ts';
import type { Job, Outcome, Run } from '../core/types.ts';
import { Halt } from '../engine/attempts/halt.ts';
import { openSender } from '../engine/dispatch/sender.ts';
import { openLane } from '../wiring/lanes.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';
import type { Ending } from './ending.ts';
import { finish } from './finish.ts';
import { rewriteReports } from './interim.ts';
import { progressOf } from './progress.ts';
import { watchForStall } from './stall.ts';
import { stopAtTimes, stopOnAbort } from './stop.ts';
import { RunCounts } from './counts.ts';

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
  halt.signal.addEventListener('abort', () => tellWhy(halt, tools.listener), { once: true });
  const stopListening = stopOnAbort(tools.signal, halt);
  const stopTimers = stopAtTimes(settings, halt, clock.now());
  const stopWriting = rewriteReports({ runId: work.run.id, state, settings, log: tools.log });
  try {
    await send(work, session, halt);
  } catch (error) {
    halt.stop(error instanceof StateError ? error.exitCode : EXIT.internal, messageOf(error));
  } finally {
    stopTimers();
    stopListening();
    await stopWriting();
  }
}

/** Whatever stops it: a signal, a time that was set, too many errors, an outage. */
function tellWhy({ reasons: [first] }: Halt, listener: Listener): void {
  if (first) listener({ kind: 'stopping', exitCode: first.code, why: first.why });
}

async function send({ run, job, resumed }: Work, session: Session, halt: Halt): Promise<void> {
  const { state, settings, api, server, tools } = session;
  const { retries, attemptTimeout: attemptTimeoutMs, outage: outageMs, readLag: readLagMs, maxErrors, sharedQuota, rate } = settings;
  const { listener } = tools;
  const sender = await openSender({
    run,
    job,
    state,
    api,
    server,
    halt,
    clock,
    retries,
    attemptTimeoutMs,
    outageMs,
    readLagMs,
    maxErrors,
    sharedQuota,
    log: tools.log,
    tell: listener,
    windows: rate,
    openLane: (wish) => openLane(session, wish, halt),
  });
  const counts = await RunCounts.of(run, state);
  listener({
    kind: 'begun',
    run,
    resumed,
    progress: () => progressOf({ ...sender, calls: sender.counts.calls, counts, windows: rate }, clock.now()),
  });
  const stopWatching = watchForStall({ ...sender.actions, onStall: (why) => listener({ kind: 'stalled', why }) });
  try {
    await sender.send((row, settlement) => {
      counts.settled(settlement.outcome, clock.now());
      listener({ kind: 'settled', row, settlement });
    });
  } finally {
    stopWatching();
  }
}
