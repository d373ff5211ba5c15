/** Counting requests against windows, in the three ways a server may do it. All times are emulated ms. */
import type { Window } from '../../core/types.ts';

/** One window's count. `wait` only looks; `take` counts a request. */
export interface Counter {
  /** Ms until a request would pass (0: now), as it is or with one more counted at this instant. */
  wait(now: number, oneMore?: boolean): number;
  take(now: number): void;
}

export type WindowKind = 'sliding' | 'fixed' | 'bucket';

/** An empty counter. */
export function newCounter(kind: WindowKind, window: Window): Counter {
  return { sliding, fixed, bucket }[kind](window);
}

/** A log: at most `limit` in any half-open stretch of the window's length. */
function sliding({ limit, ms }: Window): Counter {
  let log: number[] = [];
  return {
    wait: (now, oneMore = false) => {
      const leaving = oneMore ? [...log.slice(-limit), now].at(-limit) : log.at(-limit);
      return Math.max(0, (leaving ?? -Infinity) + ms - now);
    },
    take: (now) => {
      log.push(now);
      if (log.length > 2 * limit) log = log.slice(-limit);
    },
  };
}

/** Windows cut at multiples of their length, whatever the emulator's start: an arbitrary phase. */
function fixed({ limit, ms }: Window): Counter {
  let index = -1;
  let count = 0;
  return {
    wait: (now, oneMore = false) => {
      const used = (Math.floor(now / ms) === index ? count : 0) + Number(oneMore);
      return used < limit ? 0 : (Math.floor(now / ms) + 1) * ms - now;
    },
    take: (now) => {
      const at = Math.floor(now / ms);
      count = at === index ? count + 1 : 1;
      index = at;
    },
  };
}

/** A bucket of `limit` tokens, refilled evenly over the window. */
function bucket({ limit, ms }: Window): Counter {
  const pace = ms / limit;
  let tokens = limit;
  let asOf = 0;
  const level = (now: number): number => Math.min(limit, tokens + (now - asOf) / pace);
  return {
    wait: (now, oneMore = false) => {
      const left = oneMore ? Math.max(0, level(now) - 1) : level(now);
      return Math.max(0, Math.round((1 - left) * pace * 1e6) / 1e6);
    },
    take: (now) => {
      tokens = Math.max(0, level(now) - 1);
      asOf = now;
    },
  };
}
