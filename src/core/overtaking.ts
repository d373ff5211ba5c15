/**
 * Whether an action that Succeeded still has the last word on its machine. Actions of opposite types that are open at the same
 * time end in any order, and the machine is left as the last one says (mde-actions.md §1, ISS#5903). What nobody knows counts
 * against the action: a report must not call a machine released that may be isolated. Pure.
 */
import { createdOf, earliestEnd, endOf, latestEnd } from './action-end.ts';
import { byMachine, isDone, isOpen } from './in-force.ts';
import { shown } from './one-line.ts';
import { OPPOSITIONS, type FollowedAction, type MachineAction, type Opposition, type SeenOpposed } from './types.ts';

/** A job's action type and the opposite one. */
export interface Opposites {
  readonly type: string;
  readonly opposite: string;
  /** What an opposite action that Succeeded means: "the isolation was applied". */
  readonly meaning: string;
}

export interface Overtaking {
  readonly kind: Opposition;
  /** The opposite action. */
  readonly action: MachineAction;
}

/**
 * What opposite actions did to `ours`, which Succeeded; the worst of it. Undefined when an action of our type surely ended after
 * every opposite one that may count. `actions`: everything of both types on the machine.
 */
export function overtaking(
  ours: MachineAction,
  actions: readonly MachineAction[],
  { type, opposite }: Pick<Opposites, 'type' | 'opposite'>,
): Overtaking | undefined {
  const ends = [ours, ...actions.filter((action) => action.type === type && isDone(action))].map(earliestEnd);
  const lastEnd = Math.max(...ends);
  const rivals = actions
    .filter((action) => action.type === opposite && (isOpen(action) || isDone(action)) && lastEndOf(action) >= lastEnd)
    .toSorted((a, b) => (lastEndOf(a) === lastEndOf(b) ? 0 : lastEndOf(b) - lastEndOf(a)));
  const found = rivals.map((action) => ({ kind: kindOf(action, ours), action }));
  return OPPOSITIONS.map((kind) => found.find((one) => one.kind === kind)).find((one) => one !== undefined);
}

/** "an Isolate action of ana (9f…) Succeeded after this one, at 2026-…: by the record the isolation was applied" */
export function describeOvertaking({ kind, action }: Overtaking, ours: MachineAction, { meaning }: Pick<Opposites, 'meaning'>): string {
  const { id, type, requestor, status } = action;
  const name = type ?? 'opposite';
  const who = `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name} action of ${requestor ?? 'somebody'} (${id})`;
  const isEarlier = createdOf(action) !== undefined && endOf(ours) !== undefined;
  const words = {
    overtaken: `${who} Succeeded${whenOf(action, ours, meaning)}`,
    contested: `${who}${isEarlier ? ', asked for before this one ended,' : ''} is still ${status ?? 'open'}: it may yet be that ${meaning}`,
    revoked: `${who} was asked for later, and ${isDone(action) ? `Succeeded: by the record ${meaning}` : `is ${status ?? 'open'}`}`,
  }[kind];
  return shown(words);
}

function whenOf(action: MachineAction, ours: MachineAction, meaning: string): string {
  const [theirs, own] = [endOf(action), endOf(ours)];
  if (theirs === undefined || own === undefined)
    return `, and the record does not tell which of the two was last: it may be that ${meaning}`;
  return theirs > own
    ? ` after this one, at ${action.lastUpdateDateTimeUtc ?? ''}: by the record ${meaning}`
    : ` at the same time as this one: it may be that ${meaning}`;
}

export interface Judged {
  readonly seen: readonly SeenOpposed[];
  /** What the record leaves open; empty when it tells all. */
  readonly gaps: readonly string[];
}

/** The same for every followed action that Succeeded. `actions`: everything of both types, as one read shows it. */
export function opposedIn(followed: Iterable<FollowedAction>, actions: readonly MachineAction[], opposites: Opposites): Judged {
  const onMachine = byMachine(actions);
  const byId = new Map(actions.map((action) => [action.id.toLowerCase(), action]));
  const seen: SeenOpposed[] = [];
  let unseen = 0;
  for (const { row, actionId, machineId, status } of followed) {
    if (status !== 'Succeeded') continue;
    const ours = byId.get(actionId.toLowerCase());
    if (ours && isDone(ours)) {
      // The record of a machine that was merged into another names that one.
      const ids = new Set([machineId.toLowerCase(), ours.machineId?.toLowerCase() ?? '']);
      const beside = [...ids].flatMap((id) => (id === '' ? [] : (onMachine.get(id) ?? [])));
      const found = overtaking(ours, beside, opposites);
      const opposed = found ? { kind: found.kind, words: describeOvertaking(found, ours, opposites) } : null;
      seen.push({ row, actionId, opposed });
    } else unseen += 1;
  }
  const nameless = actions.filter((action) => action.machineId === null || action.type === null).length;
  const gaps = [
    // Where not even our own action is shown, nothing follows from what is not.
    unseen > 0 ? `the list does not show ${unseen} of the run's actions as Succeeded` : '',
    nameless > 0 ? `${nameless} actions in the list name no machine or no type` : '',
  ];
  return { seen, gaps: gaps.filter((gap) => gap !== '') };
}

/** `revoked` needs the opposite action to be asked for surely after ours ended. */
function kindOf(action: MachineAction, ours: MachineAction): Opposition {
  const isLater = (createdOf(action) ?? -Infinity) > (endOf(ours) ?? Infinity);
  if (isLater) return 'revoked';
  return isDone(action) ? 'overtaken' : 'contested';
}

function lastEndOf(action: MachineAction): number {
  return isDone(action) ? latestEnd(action) : Infinity;
}
