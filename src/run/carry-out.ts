/** From a run in the state to its reports and exit code: what `start` and `resume` have in common. */
import { EXIT } from '../core/exit.ts';
import type { RunProgress } from '../core/events.ts';
import type { Listener } from '../core/ports.ts';
import { messageOf, StoppedError, UserError } from '../core/errors.ts';
import type { ActionStatus, Job, Outcome, Run } from '../core/types.ts';
import { Halt, type HaltReason } from '../engine/attempts/halt.ts';
import { openSender, type LaneWish, type Sender } from '../engine/dispatch/sender.ts';
import { openLane, type OpenLane } from '../wiring/lanes.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';
import type { ConfirmWave } from './confirm.ts';
import type { Ending } from './ending.ts';
import { finish } from './finish.ts';
import { rewriteReports } from './interim.ts';
import { lastWordReasons, unlooked } from './opposing.ts';
import { progressOf } from './progress.ts';
import { watchForStall } from './stall.ts';
import { stopAtTimes, stopOnAbort } from './stop.ts';
import { watchForStopMark } from './stop-mark.ts';
import { Waiting } from './waiting.ts';
import { RunCounts } from './counts.ts';
import { reissue } from './reissue.ts';
import { letNextWaveGo } from './waves.ts';

export interface Work {
  readonly run: Run;
  readonly job: Job;
  readonly resumed: boolean;
  /** Settled rows of these outcomes are called again. */
  readonly reopen?: readonly Outcome[];
  /** Rows whose actions ended so are called again. */
  readonly reissue?: readonly ActionStatus[];
  /** Asked before each further wave, where the run goes out in waves. */
  readonly confirmWave?: ConfirmWave | undefined;
}

/**
 * Works on the run until it is done or stopped; the state has every step, and the reports are written in any case.
 * @throws RunBusyError when another process works on it
 */
export async function carryOut(work: Work, session: Session): Promise<Ending> {
  const { run } = work;
  const { state, settings, tools } = session;
  const lock = await state.lockRun(run.id);
  const halt = new Halt();
  let waiting: Waiting | undefined;
  let ending: Ending;
  try {
    await state.askToStop(run.id, false);
    if (work.reopen) await state.reopen(run.id, { outcomes: work.reopen });
    waiting = settings.wait ? await Waiting.begin(run, session) : undefined;
    const noticed = await workOn(work, session, { halt, waiting });
    const unknown = halt.stopped ? await unlooked(run, session) : waiting ? [NOT_FOLLOWED_YET] : [];
    ending = await finish(run, session, [...halt.reasons, ...noticed, ...unknown]);
    if (halt.stopped) await waiting?.giveUp();
  } catch (error) {
    await waiting?.giveUp();
    throw error;
  } finally {
    await lock.release();
  }
  // Nothing is sent any more, so nobody needs to be kept from the run.
  if (waiting && !halt.stopped) ending = await waiting.toTheEnd(ending);
  const { exitCode, note, summary } = ending;
  tools.listener({ kind: 'ended', run: ending.run, exitCode, note, outcomes: summary?.outcomes });
  return ending;
}

/** In the reports until the actions were followed to their end, and for good where the process dies before. */
const NOT_FOLLOWED_YET: HaltReason = {
  code: EXIT.ok,
  why: 'its actions are being followed: how they end, and who has the last word, is not known yet',
};

/** What works on a run beside its calls. */
interface Beside {
  readonly halt: Halt;
  readonly waiting: Waiting | undefined;
}

/** Resolves to what is to be told at its end, beside what stopped it. */
async function workOn(work: Work, session: Session, beside: Beside): Promise<readonly HaltReason[]> {
  const { state, settings, tools } = session;
  await state.updateRun(work.run.id, { status: 'running', finishedAt: null, exitCode: null, note: null });
  const { halt, waiting } = beside;
  halt.signal.addEventListener('abort', () => tellWhy(halt, tools.listener), { once: true });
  const stopListening = stopOnAbort(tools.signal, halt);
  const stopTimers = stopAtTimes(settings, halt, clock.now());
  const stopMark = watchForStopMark({ runId: work.run.id, state, halt });
  const stopWriting = rewriteReports({ runId: work.run.id, state, settings, log: tools.log });
  try {
    if (work.reissue && work.reissue.length > 0) await reissue(work.run, work.reissue, session, halt);
    await send(work, session, beside);
    return waiting || halt.stopped ? [] : await lastWordReasons(work.run, session, halt);
  } catch (error) {
    // Whoever stopped the run while it waited for a wave has said why.
    if (!(error instanceof StoppedError && halt.stopped))
      halt.stop(error instanceof UserError ? error.exitCode : EXIT.internal, messageOf(error));
    return [];
  } finally {
    stopMark();
    stopTimers();
    stopListening();
    await stopWriting();
  }
}

/** Whatever stops it: a signal, a time that was set, too many errors, an outage. */
function tellWhy({ reasons: [first] }: Halt, listener: Listener): void {
  if (first) listener({ kind: 'stopping', exitCode: first.code, why: first.why });
}

type OpenSender = Sender<OpenLane>;

/** Wave after wave, where the run goes out in waves; else all at once. */
async function send(work: Work, session: Session, { halt, waiting }: Beside): Promise<void> {
  const { run, resumed } = work;
  const { settings, tools, state } = session;
  const counts = await RunCounts.of(run, state);
  let sender = await senderOf(work, session, halt);
  const standings = waiting && (() => waiting.standings());
  const progress = (): RunProgress =>
    progressOf({ ...sender, calls: sender.counts.calls, counts, windows: settings.rate, standings }, clock.now());
  tools.listener({ kind: 'begun', run, resumed, progress });
  for (;;) {
    await sendAll(sender, counts, session);
    if (halt.stopped || !(await letNextWaveGo(work, session, halt))) return;
    sender = await senderOf(work, session, halt);
  }
}

/** Of the calls that may go out by now, with all that was noticed before. */
async function senderOf({ run: given, job }: Work, session: Session, halt: Halt): Promise<OpenSender> {
  const { state, settings, api, server, tools } = session;
  const { retries, attemptTimeout: attemptTimeoutMs, outage: outageMs, readLag: readLagMs, maxErrors, sharedQuota, rate } = settings;
  const run = (await state.run(given.id)) ?? given;
  const open = async (wish: LaneWish): Promise<OpenLane> => {
    const opened = await openLane(session, wish, halt);
    // Others were at work in an earlier wave: no burst for the rest of the run.
    if (run.released !== undefined && run.observed?.first429) opened.gate.spread();
    return opened;
  };
  const { released: upTo } = run;
  const { log } = tools;
  const settled = { retries, attemptTimeoutMs, outageMs, readLagMs, maxErrors, sharedQuota, windows: rate };
  return openSender({ ...settled, run, job, state, api, server, halt, clock, log, upTo, tell: tools.listener, openLane: open });
}

async function sendAll(sender: OpenSender, counts: RunCounts, { tools: { listener } }: Session): Promise<void> {
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
