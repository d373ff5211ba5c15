/** Finds out what became of a run's calls whose outcome is not known, and sends nothing but reads. */
import type { Clock, Log, State } from '../../core/ports.ts';
import { slowestPace } from '../../core/rate.ts';
import type { Api } from '../../core/ports.ts';
import type { Doubt, Job, OpenCall, Run, Settlement, Window } from '../../core/types.ts';
import type { Halt } from '../attempts/halt.ts';
import type { Lane } from '../attempts/lane.ts';
import type { ServerClock } from '../attempts/server-clock.ts';
import { createListReader } from '../reads/actions.ts';
import { Observations } from './observations.ts';
import { Reconciler } from './reconcile.ts';
import { Tally } from './tally.ts';

/** Two lists, each with a page and the empty one after it. */
const GETS_PER_READ = 4;

export interface LookUpDeps {
  readonly run: Run;
  readonly job: Job;
  /** Its lock is held. */
  readonly state: State;
  readonly api: Api;
  /** Of `machineactions`. */
  readonly lane: Lane;
  readonly windows: readonly Window[];
  readonly sharedQuota: boolean;
  readonly server: ServerClock;
  readonly clock: Clock;
  readonly log: Log;
  readonly halt: Halt;
  readonly attemptTimeoutMs: number;
  readonly outageMs: number;
  readonly readLagMs: number;
}

interface Doubtful extends OpenCall {
  readonly doubt: Doubt;
}

/**
 * Settles what the lists can tell; what they cannot stays unknown, and what surely had no effect stays unsent.
 * @throws StoppedError when the reads stop first; StateError
 */
export async function lookUp(deps: LookUpDeps): Promise<void> {
  const calls = (await Array.fromAsync(deps.state.openCalls(deps.run.id))).filter(isDoubtful);
  if (calls.length === 0) return;
  const tally = new Tally(calls.length);
  const reconciler = await reconcilerOf(deps, tally);
  await Promise.all(calls.map((call) => settle(call, deps, tally, reconciler)));
}

function isDoubtful(call: OpenCall): call is Doubtful {
  return call.doubt !== null;
}

async function reconcilerOf(deps: LookUpDeps, tally: Tally): Promise<Reconciler> {
  const { run, job, state, api, lane, windows, sharedQuota, server, clock, log, halt, outageMs, readLagMs } = deps;
  const warn = (fields: object, message: string): void => log.warn(fields, message);
  return new Reconciler({
    tally,
    observations: new Observations({ before: run.observed, server, runId: run.id, comment: run.comment, readLagMs, warn }),
    server,
    clock,
    log,
    halt,
    confirmedBefore: await state.confirmedActions(run.id),
    earlier: await state.earlierActions(run.id),
    runId: run.id,
    actionType: job.actionType,
    lists: createListReader(api, lane, run.id),
    frugal: sharedQuota,
    patienceMs: 2 * outageMs,
    readEveryMs: GETS_PER_READ * slowestPace(windows),
  });
}

async function settle(call: Doubtful, deps: LookUpDeps, tally: Tally, reconciler: Reconciler): Promise<void> {
  const { run, state, clock, attemptTimeoutMs } = deps;
  const { machineId, row, doubt } = call;
  // Whatever that process noted, it is gone: what it sent is over one time-out from now at the latest.
  const mono = clock.mono() + (doubt.isOver ? 0 : attemptTimeoutMs);
  const finding = await tally.parkedWhile(() =>
    reconciler.settle({
      machineId,
      kind: doubt.isAccepted ? 'accepted' : 'lost',
      begun: { server: doubt.begun, mono: null, wall: null },
      ended: { mono, server: doubt.ended },
    }),
  );
  if (finding.kind === 'absent') await state.ruleOut(run.id, row, clock.now());
  else await state.settle(run.id, row, settlementOf(finding), clock.now());
  tally.settled();
}

function settlementOf(finding: { kind: 'settled'; settlement: Settlement } | { kind: 'unknown'; why: string }): Settlement {
  return finding.kind === 'settled' ? finding.settlement : { outcome: 'unknown', message: finding.why };
}
