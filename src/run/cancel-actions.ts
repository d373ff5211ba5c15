/** Cancelling some of a run's own actions, recorded as a run of its own that says so. Nothing else is ever named. */
import { hashOf } from '../core/hash.ts';
import { EXIT } from '../core/exit.ts';
import { StoppedError, UserError } from '../core/errors.ts';
import { isFinal, seenIn } from '../core/following.ts';
import { tagged } from '../core/tag.ts';
import type { FollowedAction, MachineAction, Run, Settlement } from '../core/types.ts';
import { Halt, type HaltReason } from '../engine/attempts/halt.ts';
import { cancelAction, type ToCancel } from '../engine/follow/cancel.ts';
import { StatusReader } from '../engine/follow/read.ts';
import { openLane } from '../wiring/lanes.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';
import { newRun } from './begin.ts';
import { stopOnAbort } from './stop.ts';
import { watchForStopMark } from './stop-mark.ts';

/** What became of one of them. */
export interface Cancelled {
  readonly action: FollowedAction;
  /** `cancelled`: the API says so; `ended`: it had ended first; `open`: it could not be cancelled; `unknown`; `not-sent`: stopped first. */
  readonly kind: 'cancelled' | 'ended' | 'open' | 'unknown' | 'not-sent';
  /** The API's word for where the action stands, as far as it told. */
  readonly status: string | null;
  readonly message: string | null;
}

export interface CancelledActions {
  /** The run that records it. */
  readonly run: Run;
  readonly actions: readonly Cancelled[];
  /** Why it stopped early; undefined when it did not. */
  readonly halted: HaltReason | undefined;
}

/** The name of what is recorded; no job of this name can be run. */
const CANCEL = 'cancel';

/** `origin`: the run whose actions they are; its lock is held. @throws StateError */
export async function cancelActions(
  origin: Run,
  actions: readonly FollowedAction[],
  comment: string,
  session: Session,
): Promise<CancelledActions> {
  const { state, tools } = session;
  const run = await record(origin, actions, comment, session);
  const halt = new Halt();
  const lock = await state.lockRun(run.id);
  const stops = [
    stopOnAbort(tools.signal, halt, tools.listener),
    watchForStopMark({ runId: run.id, state, halt, listener: tools.listener }),
  ];
  try {
    const settled = await cancelAll(run, actions, session, halt);
    const result = await toldOf(actions, settled, session, halt);
    await note(origin, result, session);
    const [halted] = halt.reasons;
    const exitCode = halted?.code ?? exitOfCancelled(result);
    await state.updateRun(run.id, { status: 'done', finishedAt: clock.now(), exitCode, note: halted?.why ?? null });
    return { run: { ...run, status: 'done', exitCode }, actions: result, halted };
  } finally {
    for (const stop of stops) stop();
    await lock.release();
  }
}

/** 3 where some action may still be carried out: it is open, or nobody knows. */
export function exitOfCancelled(actions: readonly Cancelled[]): typeof EXIT.ok | typeof EXIT.outcomes {
  return actions.every(({ kind }) => kind === 'cancelled' || kind === 'ended') ? EXIT.ok : EXIT.outcomes;
}

async function record(origin: Run, actions: readonly FollowedAction[], comment: string, session: Session): Promise<Run> {
  const about = { kind: 'cancel', originRun: origin.id } as const;
  const hash = (): string => hashOf(actions.map(({ actionId }) => actionId));
  const run = newRun({ job: { name: CANCEL }, parameters: {}, comment, list: { hash }, planHash: null, about }, session);
  await session.state.createRun(
    run,
    actions.map(({ machineId, row }, index) => ({ row: index + 1, machineId, deviceName: '', file: origin.id, line: row })),
  );
  return run;
}

/** Requests at a time: the gate has its own limit. */
const AT_ONCE = 20;

async function cancelAll(run: Run, actions: readonly FollowedAction[], session: Session, halt: Halt): Promise<Map<string, Settlement>> {
  const { api, state, settings } = session;
  const { lane } = await openLane(session, { segment: CANCEL, isForActions: true }, halt);
  const deps = { api, lane, runId: run.id, comment: tagged(run.id, run.comment), retries: settings.retries };
  const waiting = actions.map(({ actionId, machineId }, index): ToCancel => ({ row: index + 1, machineId, deviceName: '', actionId }));
  const settled = new Map<string, Settlement>();
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !halt.stopped; next = waiting.shift()) {
      const settlement = await cancelAction(deps, next);
      await state.settle(run.id, next.row, settlement, clock.now());
      settled.set(next.actionId, settlement);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } catch (error) {
    if (error instanceof UserError) halt.stop(error.exitCode, error.message);
    else if (!(error instanceof StoppedError)) throw error;
  } finally {
    lane.close();
  }
  return settled;
}

/** What was refused has most often ended: one look at all of them tells. */
async function toldOf(
  actions: readonly FollowedAction[],
  settled: ReadonlyMap<string, Settlement>,
  session: Session,
  halt: Halt,
): Promise<Cancelled[]> {
  const unclear = actions.filter(({ actionId }) => isUnclear(settled.get(actionId)));
  const seen = unclear.length > 0 && !halt.stopped ? await look(unclear, session, halt) : [];
  const now = new Map(seen.map(({ id, status }) => [id.toLowerCase(), status]));
  return actions.map((action): Cancelled => {
    const settlement = settled.get(action.actionId);
    const status = now.get(action.actionId.toLowerCase()) ?? settlement?.actionStatus ?? null;
    return { action, status, message: settlement?.message ?? null, kind: kindOf(settlement, status) };
  });
}

function isUnclear(settlement: Settlement | undefined): boolean {
  return settlement !== undefined && settlement.actionStatus !== 'Cancelled';
}

function kindOf(settlement: Settlement | undefined, status: string | null): Cancelled['kind'] {
  if (settlement === undefined) return 'not-sent';
  if (settlement.outcome === 'created') return status === null || !isFinal(status) || status === 'Cancelled' ? 'cancelled' : 'ended';
  if (isFinal(status)) return status === 'Cancelled' && settlement.outcome === 'unknown' ? 'cancelled' : 'ended';
  return status === null ? 'unknown' : 'open';
}

async function look(actions: readonly FollowedAction[], session: Session, halt: Halt): Promise<readonly MachineAction[]> {
  const { api, server, tools } = session;
  const { lane } = await openLane(session, { segment: 'machineactions' }, halt);
  try {
    const looked = await new StatusReader({ api, lane, server, clock }).look(actions);
    return looked.kind === 'seen' ? looked.actions : [];
  } catch (error) {
    if (!(error instanceof UserError || error instanceof StoppedError)) throw error;
    tools.log.warn({ error: error.message }, 'what became of the actions that could not be cancelled was not read');
    return [];
  } finally {
    lane.close();
  }
}

/** The rows of the run whose actions they are say how these ended. */
async function note(origin: Run, cancelled: readonly Cancelled[], { state }: Session): Promise<void> {
  const known = cancelled.flatMap(({ action, status }) => (status === null ? [] : [{ action, status }]));
  const actions = known.map(({ action, status }) => ({ ...NOTHING_TOLD, id: action.actionId, status }));
  const followed = known.map(({ action }) => action);
  await state.recordStatuses(origin.id, seenIn(actions, followed, clock.now()));
}

const NOTHING_TOLD = {
  type: null,
  machineId: null,
  requestor: null,
  requestorComment: null,
  computerDnsName: null,
  creationDateTimeUtc: null,
};
