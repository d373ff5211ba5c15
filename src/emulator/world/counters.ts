/** Counting requests against windows, in the four ways a server may do it. All times are emulated ms. */
import type { Window } from '../../core/types.ts';

/** One window's count. `wait` only looks; `take` counts a request. */
export interface Counter {
  /** Ms until a request would pass (0: now), as it is or with one more counted at this instant. */
  wait(now: number, oneMore?: boolean): number;
  take(now: number): void;
}

export type WindowKind = 'sliding' | 'fixed' | 'bucket' | 'weighted';

/** An empty counter. */
export function newCounter(kind: WindowKind, window: Window): Counter {
  return { sliding, fixed, bucket, weighted }[kind](window);
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

/**
 * Two aligned windows, the older one weighed by the part of it that is still within reach: what gateways do, and stricter than
 * a log on a burst at the end of a window.
 */
function weighted({ limit, ms }: Window): Counter {
  let counts = { index: -1, now: 0, before: 0 };
  const at = (index: number): typeof counts => {
    if (index === counts.index) return counts;
    return { index, now: 0, before: index === counts.index + 1 ? counts.now : 0 };
  };
  return {
    wait: (now, oneMore = false) => {
      const index = Math.floor(now / ms);
      const { now: current, before } = at(index);
      const used = current + Number(oneMore);
      const here = until(before, limit - used, ms);
      const passesAt = here < ms ? Math.max(now, index * ms + here) : (index + 1) * ms + until(used, limit, ms);
      return passesAt - now;
    },
    take: (now) => {
      const known = at(Math.floor(now / ms));
      counts = { ...known, now: known.now + 1 };
    },
  };
}

/** Ms into a window from which on the window before, weighed, comes to less than what is free; rounded up to whole ms. */
function until(before: number, free: number, ms: number): number {
  if (free <= 0) return ms;
  return before < free ? 0 : Math.floor(ms * (1 - free / before)) + 1;
}
