/** What people read for what the state records. An action that the API accepted is never called more than that. */
import type { Outcome, Run, RunRow } from './types.ts';

/** How a row stands, in one word each: outcome and action status together. */
export const RESULTS = [
  'unknown',
  'overtaken',
  'failed',
  'action-failed',
  'timed-out',
  'cancelled',
  'contested',
  'not-sent',
  'refused',
  'blocked',
  'invalid',
  'ineligible',
  'accepted',
  'waiting',
  'in-progress',
  'planned',
  'confirmed',
  'already-applied',
  'duplicate',
  'excluded',
] as const;
/** Those that need somebody come first, the most urgent before the others. */
export type Result = (typeof RESULTS)[number];

interface Words {
  /** For a badge. */
  readonly label: string;
  /** What it means, as a clause. */
  readonly meaning: string;
  /** What somebody has to do; absent where nobody has to do anything. */
  readonly todo?: string;
  /** Into which of the headline's counts it goes. */
  readonly group: Group;
}

export const GROUPS = ['confirmed', 'pending', 'attention', 'skipped', 'waiting', 'planned'] as const;
export type Group = (typeof GROUPS)[number];

export const WORDS: Readonly<Record<Result, Words>> = {
  unknown: {
    label: 'Unknown',
    meaning: 'sent, and the answer was lost: it may or may not be in force',
    todo: 'Resume the run: it looks the action up again. Never send it again by hand before that.',
    group: 'attention',
  },
  overtaken: {
    label: 'Overtaken',
    meaning: 'the action succeeded, and an opposite one that was asked for before its end had the last word',
    todo: 'Look how the machine stands (cordon status RUN); send it again if it is to be as this run says.',
    group: 'attention',
  },
  contested: {
    label: 'Contested',
    meaning: 'the action succeeded, and an opposite one that was asked for before its end is open: it may yet take effect',
    todo: 'Wait for the end of the opposite action, or cancel it; then look how the machine stands (cordon status RUN).',
    group: 'attention',
  },
  failed: { label: 'Failed to send', meaning: 'the retries were used up', todo: 'Resume with --retry-failed.', group: 'attention' },
  'action-failed': {
    label: 'Action failed',
    meaning: 'accepted, and the machine reported a failure',
    todo: 'Look at the machine, then send it again.',
    group: 'attention',
  },
  'timed-out': {
    label: 'Timed out',
    meaning: 'accepted, and the machine did not take it in time',
    todo: 'Bring the machine online, then send it again.',
    group: 'attention',
  },
  cancelled: {
    label: 'Cancelled',
    meaning: 'accepted, and cancelled before it was carried out',
    todo: 'Find out who cancelled it and why.',
    group: 'attention',
  },
  'not-sent': { label: 'Not sent', meaning: 'the run stopped first', todo: 'Resume the run.', group: 'attention' },
  refused: {
    label: 'Refused',
    meaning: 'the API said no, for good',
    todo: 'Contain it by other means, or clear the reason first.',
    group: 'attention',
  },
  blocked: {
    label: 'Blocked',
    meaning: 'an open action of another type is in the way',
    todo: 'Wait for the other action or cancel it, then send it again.',
    group: 'attention',
  },
  invalid: { label: 'Invalid', meaning: 'no machine id, or not of this tenant', todo: 'Correct the row in the list.', group: 'attention' },
  ineligible: { label: 'Ineligible', meaning: 'cannot take this action', todo: 'Contain it by other means.', group: 'attention' },
  accepted: { label: 'Accepted', meaning: 'the API keeps our action; the machine has not confirmed it yet', group: 'pending' },
  waiting: { label: 'Waiting', meaning: 'the run is at work: not sent yet, or sent and not answered', group: 'waiting' },
  'in-progress': { label: 'Already in progress', meaning: 'an action of this type was open already', group: 'skipped' },
  planned: { label: 'Would be called', meaning: 'would be called', group: 'planned' },
  confirmed: { label: 'Confirmed', meaning: 'the action succeeded, as the API’s record says', group: 'confirmed' },
  'already-applied': { label: 'Already in force', meaning: 'in force already', group: 'skipped' },
  duplicate: { label: 'Duplicate', meaning: 'the same machine as an earlier row', group: 'skipped' },
  excluded: { label: 'Excluded', meaning: 'on the exclusion list', group: 'skipped' },
};

const BY_OUTCOME: Readonly<Record<Outcome, Result>> = {
  invalid: 'invalid',
  duplicate: 'duplicate',
  excluded: 'excluded',
  ineligible: 'ineligible',
  'already-applied': 'already-applied',
  planned: 'planned',
  created: 'accepted',
  'already-in-progress': 'in-progress',
  blocked: 'blocked',
  refused: 'refused',
  failed: 'failed',
  unknown: 'unknown',
  'not-sent': 'not-sent',
};
const ENDED: ReadonlyMap<string | null, Result> = new Map([
  ['Succeeded', 'confirmed'],
  ['Failed', 'action-failed'],
  ['TimeOut', 'timed-out'],
  ['Cancelled', 'cancelled'],
]);

/**
 * How a row stands. A status that is not known to be final counts as pending; while a run is at work, what it has not
 * sent yet waits, and so does what it has sent and not heard of.
 */
export function resultOf(row: Pick<RunRow, 'outcome' | 'actionStatus' | 'settledAt' | 'opposed'>, { status }: Pick<Run, 'status'>): Result {
  const { outcome, actionStatus, settledAt, opposed } = row;
  // A later decision of somebody is no matter of this run.
  if (opposed && opposed.kind !== 'revoked') return opposed.kind;
  if (outcome === 'created') return ENDED.get(actionStatus) ?? 'accepted';
  const isOpen = settledAt === null && (outcome === 'not-sent' || outcome === 'unknown');
  return isOpen && status === 'running' ? 'waiting' : BY_OUTCOME[outcome];
}

/** Whether somebody has to do something about it. */
export function needsSomebody(result: Result): boolean {
  return WORDS[result].todo !== undefined;
}
