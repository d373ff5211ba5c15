/** The judge of the pace: what a client's arrivals came to, under each way of counting, whatever was enforced. */
import type { Window } from '../../core/types.ts';

export interface Busiest {
  readonly sliding: number;
  readonly fixed: number;
  readonly bucket: number;
  readonly weighted: number;
}

/**
 * The highest count that each kind of server would have seen. Above the window's limit: it would have refused.
 * @param arrivals emulated ms, ascending
 */
export function busiest(arrivals: readonly number[], window: Window): Busiest {
  return {
    sliding: inAnyStretch(arrivals, window),
    fixed: inAlignedWindow(arrivals, window),
    bucket: highestLevel(arrivals, window),
    weighted: highestWeight(arrivals, window),
  };
}

function inAnyStretch(arrivals: readonly number[], { ms }: Window): number {
  let first = 0;
  let most = 0;
  arrivals.forEach((at, index) => {
    while ((arrivals[first] ?? at) <= at - ms) first++;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

function inAlignedWindow(arrivals: readonly number[], { ms }: Window): number {
  const counts = new Map<number, number>();
  for (const at of arrivals) counts.set(Math.floor(at / ms), (counts.get(Math.floor(at / ms)) ?? 0) + 1);
  return counts.values().reduce((most, count) => Math.max(most, count), 0);
}

/** Tokens missing from a full bucket right after each arrival, were none refused; rounded up past float noise. */
function highestLevel(arrivals: readonly number[], { limit, ms }: Window): number {
  let level = 0;
  let last = 0;
  let most = 0;
  for (const at of arrivals) {
    level = Math.max(0, level - ((at - last) * limit) / ms) + 1;
    last = at;
    most = Math.max(most, level);
  }
  return Math.max(0, Math.ceil(most - 1e-6));
}

/** Arrivals of an aligned window and the weighed rest of the one before, whole ones and the last. */
function highestWeight(arrivals: readonly number[], { ms }: Window): number {
  let index = -1;
  let current = 0;
  let before = 0;
  let most = 0;
  for (const at of arrivals) {
    const here = Math.floor(at / ms);
    if (here !== index) [before, current] = [here === index + 1 ? current : 0, 0];
    index = here;
    most = Math.max(most, Math.floor(before * (1 - (at / ms - here)) + current + 1e-9) + 1);
    current++;
  }
  return most;
}
