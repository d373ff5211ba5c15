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

/** How long an attempt has to wait at `at`, and why; undefined when it may begin. A pause counts before a full window. */
export function waitFor({ windows, pausedUntil }: QuotaRecord, at: number): Extract<BeginResult, { begun: false }> | undefined {
  if (pausedUntil > at) return { begun: false, waitMs: pausedUntil - at, because: 'pause' };
  const waits = windows.map(({ window, blocking }) => (blocking === undefined ? 0 : blocking + holdOf(window) - at));
  const waitMs = Math.max(0, ...waits);
  return waitMs > 0 ? { begun: false, waitMs, because: 'quota' } : undefined;
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
