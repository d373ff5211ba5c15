/** Everything that carries out one run in one process, put together: lanes, tally, observations, reconciler, rules. */
import type { Api, Clock, Listener, Log, State } from '../../core/ports.ts';
import { slowestPace } from '../../core/rate.ts';
import type { Limit } from '../../core/limit.ts';
import type { Answer, Job, Run, Settlement, Window } from '../../core/types.ts';
import type { Halt } from '../attempts/halt.ts';
import type { Lane } from '../attempts/lane.ts';
import type { ServerClock } from '../attempts/server-clock.ts';
import { createListReader } from '../reads/actions.ts';
import { dispatch } from './dispatch.ts';
import { Observations } from './observations.ts';
import { Reconciler } from './reconcile.ts';
import { allowedErrors, StopRules } from './stop-rules.ts';
import { Tally } from './tally.ts';

/** Segment of the lists that tell what became of a call. */
const READS = 'machineactions';
/** Two lists, each with a page and the empty one after it. */
const GETS_PER_READ = 4;

/** What a lane is opened with, beyond what the opener knows. */
export interface LaneWish {
  readonly segment: string;
  /** Whether the job's calls go out here. */
  readonly isForActions?: boolean;
  /** Whether the run may be stopped because this API is out or throttled; absent: always. */
  readonly mayStop?: () => boolean;
  /** Whether nothing is to be asked of this API at the moment: it is not given up then. */
  readonly isIdle?: () => boolean;
  /** Told of every 429. */
  readonly onThrottled: (answer: Answer) => void;
}

export interface SenderDeps<L extends { readonly lane: Lane }> {
  readonly run: Run;
  readonly job: Job;
  readonly state: State;
  readonly api: Api;
  readonly server: ServerClock;
  readonly halt: Halt;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of calls that wait for a look-up. */
  readonly tell?: Listener | undefined;
  readonly openLane: (wish: LaneWish) => Promise<L>;
  readonly windows: readonly Window[];
  /** Actions and reads draw on one quota. */
  readonly sharedQuota: boolean;
  /** Times a call is sent again after it was shown to have had no effect. */
  readonly retries: number;
  readonly attemptTimeoutMs: number;
  readonly outageMs: number;
  /** `--read-lag`, ms. */
  readonly readLagMs: number;
  readonly maxErrors: Limit;
  /** Only calls up to this place are sent; absent: all. */
  readonly upTo?: number | undefined;
}

export interface Sender<L> {
  /** Calls of the run up to its bound, and those that were open when the sender was made. */
  readonly counts: { readonly calls: number; readonly open: number };
  readonly tally: Tally;
  /** The lane of the job's own API, as it was opened. */
  readonly actions: L;
  readonly observations: Observations;
  /** Resolves when every call is settled or the run has stopped: `halt` says which. Never rejects but with a StateError. */
  send(onSettled: (row: number, settlement: Settlement) => void): Promise<void>;
}

/** @throws StateError; nothing is sent yet */
export async function openSender<L extends { readonly lane: Lane }>(deps: SenderDeps<L>): Promise<Sender<L>> {
  const { run, job, state, api, server, halt, clock, log, windows, sharedQuota, outageMs, openLane } = deps;
  const counts = await state.callCounts(run.id, deps.upTo);
  const confirmedBefore = await state.confirmedActions(run.id);
  const earlier = await state.earlierActions(run.id);
  const tally = new Tally(counts.open);
  const observations = new Observations({
    before: run.observed,
    server,
    runId: run.id,
    comment: run.comment,
    readLagMs: deps.readLagMs,
    warn: (fields, message) => log.warn(fields, message),
  });
  const onThrottled = (answer: Answer): void => observations.throttled(answer);
  const forActions = { segment: job.segment, isForActions: true, onThrottled };
  const actions = await openLane({ ...forActions, ...(!sharedQuota && { isIdle: () => tally.isAllSent }) });
  // Reads are no precondition for sending: while there is something to send, their outage stops nothing.
  const reads = sharedQuota ? actions : await openLane({ segment: READS, mayStop: () => tally.isAllSent, onThrottled });
  const reconciler = new Reconciler({
    tally,
    observations,
    server,
    clock,
    log,
    halt,
    confirmedBefore,
    earlier,
    runId: run.id,
    actionType: job.actionType,
    lists: createListReader(api, reads.lane, run.id),
    frugal: sharedQuota,
    patienceMs: 2 * outageMs,
    readEveryMs: GETS_PER_READ * slowestPace(windows),
  });
  const rules = new StopRules(halt, allowedErrors(deps.maxErrors, counts.open), confirmedBefore.length + earlier.length > 0);
  const send: Sender<L>['send'] = async (onSettled) => {
    try {
      await dispatch({ ...deps, lane: actions.lane, reconciler, rules, tally, observations, onSettled });
    } finally {
      for (const { lane } of [actions, reads]) lane.close();
      await state.updateRun(run.id, { observed: observations.observed() });
    }
  };
  return { counts, tally, actions, observations, send };
}
