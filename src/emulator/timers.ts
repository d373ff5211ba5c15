/** Timers that can all be called off at once. */
export interface Timers {
  /** How many wait. */
  readonly waiting: number;
  /** Runs `act` after so many ms; at once (in this turn) when there is nothing to wait for. */
  after(ms: number, act: () => void): void;
  /** Nothing that waits happens any more, and nothing new is taken on. */
  clear(): void;
}

export function startTimers(): Timers {
  const waiting = new Set<NodeJS.Timeout>();
  let open = true;
  return {
    get waiting() {
      return waiting.size;
    },
    after(ms, act) {
      if (!open) return;
      if (ms <= 0) return act();
      const timer = setTimeout(() => {
        waiting.delete(timer);
        act();
      }, ms);
      waiting.add(timer);
    },
    clear() {
      open = false;
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
    },
  };
}
