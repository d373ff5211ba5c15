/** The arithmetic of a quota's memory, the same for every state: only where the records lie differs. Pure. */
import type { BeginResult } from './ports.ts';
import { holdOf, longestWindow } from './rate.ts';
import type { Window } from './types.ts';

/** What is recorded of a quota key's attempts and pause, as `waitFor` wants it. */
export interface QuotaRecord {
  /** The windows, and for each the instant from which its `limit`-th newest unit counts; undefined when it has fewer. */
  readonly windows: readonly { readonly window: Window; readonly blocking: number | undefined }[];
  /** Ms since the epoch; 0 when nobody ever said to wait. */
  readonly pausedUntil: number;
}

/**
 * How long an attempt has to wait at `at`, and why; undefined when it may begin. A pause counts before a full window. A unit without
 * an answer lies in the future, where its attempt would time out; it may have its answer in a moment, and counts from now at the
 * earliest: so long one waits, and hears the rest when asking again.
 */
export function waitFor({ windows, pausedUntil }: QuotaRecord, at: number): Extract<BeginResult, { begun: false }> | undefined {
  if (pausedUntil > at) return { begun: false, waitMs: pausedUntil - at, because: 'pause' };
  const waits = windows.map(({ window, blocking }) => (blocking === undefined ? 0 : Math.min(blocking - at, 0) + holdOf(window)));
  const waitMs = Math.max(0, ...waits);
  return waitMs > 0 ? { begun: false, waitMs, because: 'quota' } : undefined;
}

/** What is recorded of the runs of high priority that ask for units of a quota key, and of the units themselves. */
export interface ClaimRecord {
  /** Of each such run whose lock is held: until when it was told to wait when it asked last, or when it asked. */
  readonly claims: readonly number[];
  /** As for `waitFor`. */
  readonly windows: QuotaRecord['windows'];
}

/** So long a free unit is left to a run of high priority, and it may stay silent; a share of the shortest window where that is short. */
const GRACE_MS = 2000;

/**
 * How long an attempt of normal priority leaves a free unit alone; undefined when it may take it. A run of high priority that
 * asks keeps its claim by asking, and one that waits for its own units to come back finds them: each is left to it for the
 * grace. What it leaves is anybody's, so that one which is stuck, or waits for something else, starves nobody.
 */
export function yieldTo({ claims, windows }: ClaimRecord, at: number): Extract<BeginResult, { begun: false }> | undefined {
  const grace = graceOf(windows.map(({ window }) => window));
  const latest = at + Math.max(...windows.map(({ window }) => holdOf(window)));
  const fresh = claims.filter((until) => until > oldestClaim(windows, at)).map((until) => Math.min(until, latest));
  if (fresh.length === 0) return undefined;
  const freeSince = Math.max(...windows.map(({ window, blocking }) => (blocking === undefined ? -Infinity : blocking + holdOf(window))));
  const waitMs = Math.max(freeSince, ...fresh) + grace - at;
  return waitMs > 0 ? { begun: false, waitMs: Math.ceil(waitMs), because: 'priority' } : undefined;
}

/** How long a free unit of these windows is left to a run of high priority, ms. */
export function graceOf(windows: readonly Window[]): number {
  return Math.min(GRACE_MS, ...windows.map(({ ms }) => Math.ceil(ms / 30)));
}

/** A run that asked before this instant, and not since, waits for no unit: they have all come back meanwhile. */
export function oldestClaim(windows: QuotaRecord['windows'], at: number): number {
  return at - Math.max(...windows.map(({ window }) => holdOf(window))) - GRACE_MS;
}

/**
 * A pause as it counts at `at`: never longer than the longest window, so one that seems so was noted before the clock
 * was set back.
 */
export function cappedPause(pausedUntil: number, windows: readonly Window[], at: number): number {
  return Math.min(pausedUntil, at + longestWindow(windows));
}

/**
 * From when an attempt counts at `at`: what lies in the future was noted before the clock was set back and counts from
 * now; one without an answer may lie one lease ahead.
 */
export function redated(attempt: { readonly countsFrom: number; readonly isOut: boolean; readonly leaseMs: number }, at: number): number {
  return Math.min(attempt.countsFrom, at + (attempt.isOut ? attempt.leaseMs : 0));
}

/** Instants before this one count against no window any more. */
export function oldestThatCounts(windows: readonly Window[], at: number): number {
  return at - Math.max(...windows.map(holdOf));
}
