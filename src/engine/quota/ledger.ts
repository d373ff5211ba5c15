/** The units of one window that are in use, and when each comes back. */
import type { Clock } from '../../core/ports.ts';
import { holdOf } from '../../core/rate.ts';
import type { Window } from '../../core/types.ts';

interface Held {
  /** The instant the unit counts from, on each clock. */
  readonly mono: number;
  wall: number;
}

/**
 * Invariant: `free` plus the units at work plus the units held is the window's limit. A unit is held for one window and
 * a margin after its answer, on the slower of the two clocks: after the machine slept the monotonic clock is the slower,
 * and after the wall clock was set back the unit counts from the moment that is noticed.
 */
export class Ledger {
  readonly window: Window;
  readonly #clock: Clock;
  readonly #hold: number;
  /** Sorted by `mono`. */
  readonly #held: Held[] = [];
  #free: number;

  constructor(window: Window, clock: Clock) {
    this.window = window;
    this.#clock = clock;
    this.#hold = holdOf(window);
    this.#free = window.limit;
  }

  /** May be below zero, when other processes or an earlier one used more than is left. */
  get free(): number {
    return this.#free;
  }

  /** From when each unit in use counts; those at work count from now. */
  inUse(): number[] {
    const atWork = this.window.limit - this.#free - this.#held.length;
    return [...this.#held.map(({ wall }) => wall), ...Array.from({ length: Math.max(0, atWork) }, () => this.#clock.now())];
  }

  take(): void {
    this.#free -= 1;
  }

  giveBack(): void {
    this.#free += 1;
  }

  /** A unit taken before is in use since `wall` (ms since the epoch; now if not told). */
  hold(wall: number = this.#clock.now()): void {
    const held = { mono: this.#clock.mono() - (this.#clock.now() - wall), wall };
    let at = this.#held.length;
    while (at > 0 && (this.#held[at - 1]?.mono ?? 0) > held.mono) at -= 1;
    this.#held.splice(at, 0, held);
  }

  /** Milliseconds until the next unit comes back (0 or less: due now); undefined when none is held. */
  nextIn(): number | undefined {
    const [next] = this.#held;
    return next && this.#leftOf(next);
  }

  /** Frees what is due. */
  release(): void {
    for (let left = this.nextIn(); left !== undefined && left <= 0; left = this.nextIn()) {
      this.#held.shift();
      this.#free += 1;
    }
  }

  #leftOf(held: Held): number {
    const [wall, mono] = [this.#clock.now(), this.#clock.mono()];
    if (wall < held.wall && mono >= held.mono) this.#redate(wall);
    return Math.max(held.mono + this.#hold - mono, held.wall + this.#hold - wall);
  }

  /** The wall clock was set back: what lies in its future counts from now, all of it at once. */
  #redate(wall: number): void {
    for (const held of this.#held) held.wall = Math.min(held.wall, wall);
  }
}
