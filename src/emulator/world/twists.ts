/** Actions that come out other than they were asked for, as records of the real service may. */
import type { StoredAction } from './lifecycle.ts';

export type Twist = (action: StoredAction) => StoredAction;

/** Brackets become others, quotes vanish, runs of spaces shrink: what a filter in between may do to a comment. */
export const rewritten: Twist = (action) => ({
  ...action,
  requestorComment: action.requestorComment.replace(/[[\]"'`]|\s+/g, rewrite),
});

export const dropped: Twist = (action) => ({ ...action, requestorComment: '' });

/** The record of the machine it was merged into: always the same for one machine. */
export const onOther: Twist = (action) => ({ ...action, machineId: otherId(action.machineId) });

export const ofOtherType: Twist = (action) => ({ ...action, type: action.type === 'RunAntiVirusScan' ? 'Isolate' : 'RunAntiVirusScan' });

function rewrite(found: string): string {
  return { '[': '(', ']': ')' }[found] ?? (found.trim() === '' ? ' ' : '');
}

/** An id of 40 hex digits with every digit turned round. */
function otherId(id: string): string {
  return id.replace(/[0-9a-f]/g, (digit) => (15 - parseInt(digit, 16)).toString(16));
}
