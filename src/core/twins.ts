/**
 * Actions of one kind, or of opposite kinds, on one machine at the same time. They may end in any order, and the machine is
 * left as the last one says: recorded of isolate and unisolate (mde-actions.md §1, ISS#5903). Pure.
 */
import type { MachineAction } from './types.ts';

/** An action as a list read shows it. */
export type SeenAction = MachineAction;

export interface Twins {
  /** Open actions that carry a tag of ours, oldest first: to be cancelled, in this order, before the inverse is sent. */
  readonly ours: readonly SeenAction[];
  /** Open actions of others: nobody cancels those; the machine may be left as they say. */
  readonly others: readonly SeenAction[];
}

/** What is open of a type on a machine. `isOurs` tells by the comment's tag, of the run that is undone say. */
export function openTwins(actions: Iterable<SeenAction>, machineId: string, type: string, isOurs: (action: SeenAction) => boolean): Twins {
  const open = [...actions]
    .filter((action) => action.type === type && isOpen(action) && isOf(action, machineId))
    .toSorted((a, b) => (instantOf(a.creationDateTimeUtc) < instantOf(b.creationDateTimeUtc) ? -1 : 1));
  return { ours: open.filter((action) => isOurs(action)), others: open.filter((action) => !isOurs(action)) };
}

/**
 * An action of the opposite type that may have the last word over `ours`, which Succeeded: one that is still open, or that
 * Succeeded after it did (or at a time that nobody knows). Undefined when ours has the last word, as far as the API's record says.
 */
export function overtaking(ours: SeenAction, opposite: string, actions: Iterable<SeenAction>): SeenAction | undefined {
  const endedAt = instantOf(ours.lastUpdateDateTimeUtc);
  const rivals = [...actions].filter((action) => action.type === opposite && isOf(action, ours.machineId ?? ''));
  return rivals.find(isOpen) ?? rivals.find((action) => action.status === 'Succeeded' && endsAfter(action, endedAt));
}

/** What a report says of it: "an Isolate action of ana is still Pending: this machine may be left as it says" */
export function describeOvertaking({ type, requestor, status }: SeenAction): string {
  const state = status === 'Succeeded' ? 'Succeeded after this one' : `is still ${status ?? 'open'}`;
  return `an ${type ?? 'opposite'} action of ${requestor ?? 'somebody'} ${state}: this machine may be left as it says`;
}

function endsAfter({ lastUpdateDateTimeUtc }: SeenAction, endedAt: string): boolean {
  const at = instantOf(lastUpdateDateTimeUtc);
  return at === '' || endedAt === '' || at >= endedAt;
}

function isOpen({ status }: SeenAction): boolean {
  return status === 'Pending' || status === 'InProgress';
}

function isOf({ machineId }: SeenAction, wanted: string): boolean {
  return machineId !== null && machineId.toLowerCase() === wanted.toLowerCase();
}

/** A time in a form that can be compared as text, '' where nobody says: the API drops trailing zeros of its fractions. */
function instantOf(text: string | null | undefined): string {
  if (!text) return '';
  const [seconds = '', fraction = ''] = text.replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.padEnd(7, '0')}`;
}
