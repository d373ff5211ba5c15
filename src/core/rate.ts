/** The quota's windows: what the API allows, what `--rate` makes of it, and the margin that each window gets. */
import { formatDuration, parseDuration } from './durations.ts';
import type { Window } from './types.ts';

/**
 * 100 calls a minute and 1500 an hour, per API.
 * @see https://learn.microsoft.com/defender-endpoint/api/restrict-code-execution
 */
export const API_WINDOWS: readonly Window[] = [
  { limit: 100, ms: 60_000 },
  { limit: 1500, ms: 3_600_000 },
];

/** The API's windows as an emulator's fast clock makes them, in ms of the wall. */
export function windowsAt(speed: number): readonly Window[] {
  return API_WINDOWS.map(({ limit, ms }) => ({ limit, ms: ms / speed }));
}

/** `100/1m` as a number and a time, or undefined. */
export function parseWindow(text: string): Window | undefined {
  const match = /^(\d+)\/(.+)$/.exec(text.trim());
  const limit = Number(match?.[1]);
  const ms = parseDuration(match?.[2] ?? '');
  return limit > 0 && ms !== undefined && ms > 0 ? { limit, ms } : undefined;
}

/** The windows, shortest first, as `--rate` writes them: `100/1m,1500/1h`. */
export function formatRate(windows: readonly Window[]): string {
  return windows.map(({ limit, ms }) => `${limit}/${formatDuration(ms).replaceAll(' ', '')}`).join(',');
}

/**
 * What `--rate` values make of the API's windows: one value replaces the window of its length and leaves the other,
 * two or more replace the whole quota. A string is an error message.
 */
export function windowsFrom(values: readonly string[]): readonly Window[] | string {
  const parsed = values.map(parseWindow);
  const bad = values[parsed.indexOf(undefined)];
  if (bad !== undefined) return `"${bad}" is no rate: write a number, a slash and a time, such as 100/1m (units ms s m h)`;
  const given = parsed.filter((window) => window !== undefined);
  const [first] = given;
  if (first === undefined) return API_WINDOWS;
  if (given.length > 1) return byLength(given);
  if (!API_WINDOWS.some(({ ms }) => ms === first.ms))
    return `a single rate must be per 1m or per 1h (the other window stays as it is); give both windows to replace the whole quota, such as ${values[0]},1500/1h`;
  return byLength(API_WINDOWS.map((window) => (window.ms === first.ms ? first : window)));
}

/**
 * The windows with so many units of the one of that length left to others at any time. A string is an error message.
 * `speed`: how many times shorter than it was asked for the windows are.
 */
export function reserving(windows: readonly Window[], reserve: Window, speed = 1): readonly Window[] | string {
  const { limit: units, ms } = reserve;
  const found = windows.find((window) => window.ms === ms / speed);
  if (!found) return `the quota has no window of ${formatDuration(ms)}: ${formatRate(windows)}`;
  if (units >= found.limit) return `nothing would be left of ${found.limit} units in ${formatDuration(ms)}`;
  return windows.map((window) => (window === found ? { limit: window.limit - units, ms: window.ms } : window));
}

function byLength(windows: readonly Window[]): readonly Window[] {
  return windows.toSorted((a, b) => a.ms - b.ms);
}

/**
 * How much longer than its window a unit stays in use, in ms: 50 ms for a minute, 2 s for an hour (timers may fire
 * 1 ms early, clocks may slew 500 ppm), and never more than 0.5 % of the window.
 */
function marginOf({ ms }: Window): number {
  const wanted = ms > 600_000 ? 2000 : 50;
  return Math.ceil(Math.min(wanted, ms / 200));
}

/** How long a unit of this window stays in use after its answer, in ms. */
export function holdOf(window: Window): number {
  return window.ms + marginOf(window);
}

/** The longest window's length in ms: what no wait for a 429 exceeds. */
export function longestWindow(windows: readonly Window[]): number {
  return Math.max(...windows.map(({ ms }) => ms));
}

/** How calls use the quota: each as soon as a unit is free, or spread evenly over the windows. */
export const PACES = ['burst', 'even'] as const;

/**
 * So much longer is the time between two attempts than an even spread needs: calls may be late and come in closer together, and some
 * counters refuse the call that reaches the limit. docs/quota.md says how often it does not suffice.
 */
const SLACK = 1.02;

/** Time between attempts that spreads them evenly over this window, in ms. */
export function evenSpacing({ ms, limit }: Window): number {
  return (ms / limit) * SLACK;
}

/**
 * Time between attempts that spreads them evenly over the windows, in ms, after so many: over the shortest one, and over a
 * longer one once its units were used up. A log, fixed windows, a bucket and two weighted windows then find no more than their limit;
 * a counter that weighs and rounds up may where several calls are late.
 */
export function evenPace(windows: readonly Window[], begun: number): number {
  const shortest = Math.min(...windows.map(({ ms }) => ms));
  const spread = windows.filter(({ ms, limit }) => ms === shortest || begun >= limit);
  return Math.max(...spread.map(evenSpacing));
}

/** Time between calls that can be kept up for ever, in ms: 2.4 s for 1500 an hour. */
export function slowestPace(windows: readonly Window[]): number {
  return Math.max(...windows.map(({ ms, limit }) => ms / limit));
}
