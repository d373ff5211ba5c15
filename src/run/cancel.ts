/** `cordon cancel RUN`: the run's own actions that have not ended are cancelled by their ids, nobody else's. */
import { EXIT, type ExitCode } from '../core/exit.ts';
import type { Briefing } from '../core/briefing.ts';
import { GuardError } from '../core/errors.ts';
import { clockTime, describeEta, eta } from '../core/eta.ts';
import { answersTo, finalOf, guard, type Refusal } from '../core/guards.ts';
import type { FollowedAction, Run } from '../core/types.ts';
import { Halt } from '../engine/attempts/halt.ts';
import { StatusReader } from '../engine/follow/read.ts';
import { seenIn } from '../core/following.ts';
import { openLane } from '../wiring/lanes.ts';
import type { Session } from '../wiring/session.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { cancelActions, exitOfCancelled, type CancelledActions } from './cancel-actions.ts';
import { confirmCalls, type Confirm } from './confirm.ts';
import { commentOf } from './request.ts';
import { inSessionOf, type OfRun } from './run-session.ts';

export interface CancelRequest extends OfRun {
  /** Absent: only what would be done is told. */
  readonly confirm?: Confirm;
}

export interface CancelEnding {
  /** Whose actions they are. */
  readonly origin: Run;
  /** Those that had not ended, as the API's list says; in a preview they would be cancelled. */
  readonly open: readonly FollowedAction[];
  readonly refusals: readonly Refusal[];
  /** Undefined in a preview, and where there was nothing to cancel. */
  readonly done: CancelledActions | undefined;
  readonly exitCode: ExitCode;
}

/**
 * @throws RunBusyError while a process works on the run
 * @throws GuardError when a guard refuses or nobody confirms: nothing was sent then
 */
export function cancel({ confirm, ...request }: CancelRequest, tools: Tools): Promise<CancelEnding> {
  return inSessionOf(request, tools, (session, run) => cancelIn(session, run, confirm));
}

/** The same in a session that is open already. */
export async function cancelIn(session: Session, origin: Run, confirm: Confirm | undefined): Promise<CancelEnding> {
  const { state, settings } = session;
  const lock = await state.lockRun(origin.id);
  try {
    const open = await openNow(origin, session);
    const refusals = guardsOf(open, session);
    const ending = { origin, open, refusals };
    if (!confirm) return { ...ending, done: undefined, exitCode: finalOf(refusals, canAsk(session)).length > 0 ? EXIT.guard : EXIT.ok };
    const final = finalOf(refusals, canAsk(session));
    if (final.length > 0)
      throw new GuardError(`refused: ${final.map(({ why }) => why).join('; ')}`, { hint: `Nothing was sent. ${answersTo(final)}`.trim() });
    if (open.length === 0) return { ...ending, done: undefined, exitCode: EXIT.ok };
    const comment = commentOf(settings) ?? cancelComment(origin);
    await ask(origin, open, { comment, confirm, refusals }, session);
    const done = await cancelActions(origin, open, comment, session);
    return { ...ending, done, exitCode: exitOf(done) };
  } finally {
    await lock.release();
  }
}

function exitOf({ halted, actions }: CancelledActions): ExitCode {
  return halted?.code ?? exitOfCancelled(actions);
}

function canAsk({ settings: { yes, confirm } }: Session): boolean {
  return !yes && confirm === undefined;
}

/** Its comment where nobody gave one. */
function cancelComment({ id, comment }: Run): string {
  return `cancels ${id}: ${comment}`.slice(0, 900);
}

/** The run's own actions that the API's list does not show as ended; what has is noted. */
async function openNow(origin: Run, session: Session): Promise<FollowedAction[]> {
  const { state, api, server } = session;
  const own = (await state.followedActions(origin.id, 'open')).filter(({ isOwn }) => isOwn);
  if (own.length === 0) return [];
  const halt = new Halt();
  const { lane } = await openLane(session, { segment: 'machineactions' }, halt);
  try {
    const look = await new StatusReader({ api, lane, server, clock }).look(own);
    if (look.kind === 'seen') await state.recordStatuses(origin.id, seenIn(look.actions, own, clock.now()));
    return (await state.followedActions(origin.id, 'open')).filter(({ isOwn }) => isOwn);
  } finally {
    lane.close();
  }
}

function guardsOf(open: readonly FollowedAction[], { settings }: Session): Refusal[] {
  const { maxTargets: limit, confirm } = settings;
  const limitIsDefault = settings.origin.maxTargets === 'default';
  return guard({ plan: { calls: open.length, unclear: undefined }, limit, limitIsDefault, confirm });
}

interface Asking {
  readonly comment: string;
  readonly confirm: Confirm;
  readonly refusals: readonly Refusal[];
}

async function ask(origin: Run, open: readonly FollowedAction[], { comment, confirm, refusals }: Asking, session: Session): Promise<void> {
  const { settings, tools } = session;
  const briefing = async (): Promise<Briefing> => briefingFor(origin, open, { comment, refusals }, session);
  await confirmCalls({ job: {}, calls: open.length, settings, briefing, confirm, listener: tools.listener });
}

function briefingFor(
  origin: Run,
  open: readonly FollowedAction[],
  { comment, refusals }: Omit<Asking, 'confirm'>,
  { identity, host, settings }: Session,
): Briefing {
  const now = clock.now();
  const first = open.slice(0, 5).map(({ machineId }) => machineId);
  return {
    emulated: false,
    action: `cancel the open ${origin.job} actions of ${origin.id}`,
    machines: open.length,
    toType: String(open.length),
    parameters: [],
    risks: ['a machine may have carried an action out although it reads Cancelled: cordon status tells afterwards'],
    notes: [],
    noticed: 'nothing, as long as the action was not carried out',
    undo: 'a new run of the same job',
    comment,
    tenant: identity.tenant,
    host,
    names: { first, more: open.length - first.length },
    systems: [],
    excluded: { first: [], more: 0 },
    leftOut: [],
    unmatched: { in: 'list', entries: [] },
    warnings: [],
    asked: refusals.map(({ why }) => why),
    when: describeEta(eta({ calls: open.length, windows: settings.rate, now }), now),
    time: clockTime(now, now),
  };
}
