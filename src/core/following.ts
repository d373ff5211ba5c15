/** From accepted to ended: how actions of a run stand, when to look again, and what it comes to. Pure. */
import { EXIT, type ExitCode } from './exit.ts';
import { knownInstant } from './instant.ts';
import type { FollowedAction, MachineAction, SeenStatus } from './types.ts';

/** The API's words for an action that has ended. @see mde-api.md §2 */
export const FINAL_STATUSES = ['Succeeded', 'Failed', 'TimeOut', 'Cancelled'] as const;

/** A status that nobody has seen before is not taken for an end. */
export function isFinal(status: string | null): boolean {
  return FINAL_STATUSES.some((final) => final === status);
}

/** How many actions of a run have each status, `''` where none was told. */
export type StatusCounts = Readonly<Record<string, number>>;

/** The three numbers that people ask for. */
export interface Standings {
  /** Succeeded, as the API's record says. */
  readonly confirmed: number;
  /** Open, or of a status that is not known to be final. */
  readonly pending: number;
  /** Failed, timed out, cancelled. */
  readonly failed: number;
}

export function standingsOf(counts: StatusCounts): Standings {
  const of = (is: (status: string) => boolean): number =>
    Object.entries(counts).reduce((sum, [status, count]) => sum + (is(status) ? count : 0), 0);
  const confirmed = of((status) => status === 'Succeeded');
  const pending = of((status) => !isFinal(status));
  return { confirmed, pending, failed: of(() => true) - confirmed - pending };
}

/** 3 when some action ended otherwise than it should, else 4 while some are open, else 0. */
export function exitOfStandings({ pending, failed }: Standings): ExitCode {
  if (failed > 0) return EXIT.outcomes;
  return pending > 0 ? EXIT.open : EXIT.ok;
}

/** What a list read says of the actions that are followed; those it does not show may be listed late. */
export function seenIn(actions: Iterable<MachineAction>, followed: readonly FollowedAction[], now: number): SeenStatus[] {
  const byId = new Map(Array.from(actions, (action) => [action.id.toLowerCase(), action]));
  const seen: SeenStatus[] = [];
  for (const { row, actionId } of followed) {
    const action = byId.get(actionId.toLowerCase());
    if (!action?.status) continue;
    const at = knownInstant(action.lastUpdateDateTimeUtc) ?? now;
    seen.push({ row, actionId, status: action.status, at, endedAt: isFinal(action.status) ? at : null });
  }
  return seen;
}

const SHORTEST_MS = 5000;
const LONGEST_MS = 120_000;
/** While a run sends, its actions end all the time: they are looked at, and not raced after. */
const SENDING_MS = 60_000;
/** So large a share of the pending ones has to change for the next look to come sooner. */
const BUSY = 0.1;

export interface Pace {
  readonly intervalMs: number;
  /** Actions that were pending before the look, and how many of those changed. */
  readonly pending: number;
  readonly changed: number;
  readonly isSending: boolean;
}

/** How long to wait for the next look: longer and longer while little happens, so that the number of looks stays small. */
export function nextInterval({ intervalMs, pending, changed, isSending }: Pace): number {
  if (isSending) return SENDING_MS;
  const isBusy = pending > 0 && changed / pending >= BUSY;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, isBusy ? intervalMs / 2 : intervalMs * 1.5));
}

/** The first look after everything was sent. */
export const FIRST_INTERVAL_MS = SHORTEST_MS;

/** How long the service keeps an action for a machine that does not answer: 3 days and 14 minutes, as recorded (mde-api.md §2). */
export const ACTION_LIFE_MS = (3 * 24 * 60 + 14) * 60_000;

/** "1412 confirmed · 240 pending (184 inactive) · 8 failed" */
export function standingsText({ confirmed, pending, failed }: Standings, inactive = 0): string {
  const aside = pending > 0 && inactive > 0 ? ` (${inactive} inactive)` : '';
  return `${confirmed} confirmed · ${pending} pending${aside} · ${failed} failed`;
}
