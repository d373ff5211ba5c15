/** When calls go out, from the quota that is left and its windows. Pure; the dispatcher follows the same arithmetic. */
import { evenPace, evenSpacing, holdOf } from './rate.ts';
import type { Window } from './types.ts';

export interface EtaInput {
  readonly calls: number;
  readonly windows: readonly Window[];
  /** Instants from which units in use count, ms since the epoch. */
  readonly inUse?: readonly number[];
  /** Units that began lately, those that are in use no more among them. Default: those in use. */
  readonly begun?: number;
  readonly pausedUntil?: number | null;
  readonly now: number;
  /** Those of the windows over which calls are spread evenly. Default: none. */
  readonly even?: readonly Window[];
  /** Usual time until an answer, ms: a unit comes back one window after it. */
  readonly latencyMs?: number;
}

/** `count` machines are sent by `at` (ms since the epoch). */
export interface EtaStep {
  readonly count: number;
  readonly at: number;
}

export interface Eta {
  /** How many go out at once. */
  readonly now: number;
  /** By when most have gone out, where a long wait separates the rest from them. */
  readonly most: EtaStep | null;
  readonly last: EtaStep | null;
}

/** What one window of the quota has free at `now`. */
export interface QuotaLeft extends Window {
  readonly left: number;
}

/** What each window has left, from the instants from which units in use count (ms since the epoch). */
export function quotaLeft(windows: readonly Window[], inUse: readonly number[], now: number): QuotaLeft[] {
  return windows.map((window) => {
    const used = inUse.filter((since) => since + holdOf(window) > now).length;
    return { ...window, left: Math.max(0, window.limit - used) };
  });
}

const AT_ONCE_MS = 5000;
const LONG_WAIT_MS = 120_000;

/** When `calls` calls are sent, if nothing goes wrong and nobody else uses the quota. */
export function eta(input: EtaInput): Eta {
  const sent = schedule(input);
  const lastAt = sent.at(-1);
  if (lastAt === undefined) return { now: 0, most: null, last: null };
  const now = lowerBound(sent, input.now + AT_ONCE_MS);
  return { now, most: beforeLongestWait(sent), last: { count: sent.length, at: lastAt } };
}

/** The instants at which the calls go out, ms since the epoch: each as soon as every window has a unit free. */
export function schedule(input: EtaInput): Float64Array {
  const { calls, windows, now, latencyMs = 250, even = [] } = input;
  // Units count from their answers: of those in use first, then of the calls that were sent before.
  const inUse = Float64Array.from(input.inUse ?? []).sort();
  const sent = new Float64Array(calls);
  const begun = input.begun ?? inUse.length;
  const isEven = ({ ms }: Window): boolean => even.some((window) => window.ms === ms);
  const holds = windows.map((window) => ({ limit: window.limit, ms: holdOf(window) + (isEven(window) ? evenSpacing(window) : 0) }));
  let earliest = Math.max(now, input.pausedUntil ?? now);
  for (let call = 0; call < calls; call += 1) {
    for (const { limit, ms } of holds) {
      const before = call - limit;
      const answered = before >= 0 ? (sent[before] ?? 0) + latencyMs : (inUse[inUse.length + before] ?? -Infinity);
      earliest = Math.max(earliest, answered + ms);
    }
    sent[call] = earliest;
    if (even.length > 0) earliest += evenPace(even, begun + call + 1);
  }
  return sent;
}

/** The last call before the longest wait between two calls, where that wait is long enough to be worth telling. */
function beforeLongestWait(sent: Float64Array): EtaStep | null {
  let longest = LONG_WAIT_MS;
  let step: EtaStep | null = null;
  for (let i = 1; i < sent.length; i += 1) {
    const wait = (sent[i] ?? 0) - (sent[i - 1] ?? 0);
    if (wait > longest) [longest, step] = [wait, { count: i, at: sent[i - 1] ?? 0 }];
  }
  return step;
}

function lowerBound(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** "100 now, 1500 by 12:14, the last at 13:00" in local time; with the date when it is not today. */
export function describeEta({ now, most, last }: Eta, at: number): string {
  if (last === null) return 'nothing to send';
  if (last.count <= now) return last.count === 1 ? '1 now' : `all ${last.count} now`;
  const parts = [
    now > 0 ? `${now} now` : '',
    most ? `${most.count} by ${clockTime(most.at, at)}` : '',
    `the last at ${clockTime(last.at, at)}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** Hours and minutes, local; the date is added when it is another day than `reference`. */
export function clockTime(at: number, reference: number): string {
  const [date, ref] = [new Date(at), new Date(reference)];
  const time = date.toLocaleTimeString('sv-SE', { hour: '2-digit', minute: '2-digit' });
  return date.toDateString() === ref.toDateString() ? time : `${date.toLocaleDateString('sv-SE')} ${time}`;
}
