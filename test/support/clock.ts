/** The two clocks of a test: they follow vitest's fake timers, and can be put wrong as a machine's are. */
import type { Clock } from '../../src/core/ports.ts';

export interface TestClock extends Clock {
  /** The machine sleeps: the wall goes on, the monotonic clock and all timers do not. */
  sleep(ms: number): void;
  /** Somebody sets the wall clock. */
  stepWall(ms: number): void;
  reset(): void;
}

export function testClock(): TestClock {
  let ahead = 0;
  const origin = { wall: 0 };
  return {
    now: () => Date.now() + ahead,
    mono: () => Date.now() - origin.wall,
    sleep: (ms) => void (ahead += ms),
    stepWall: (ms) => void (ahead += ms),
    reset: () => {
      ahead = 0;
      origin.wall = Date.now();
    },
  };
}
