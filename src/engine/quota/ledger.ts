/** The units of one window that are in use, and when each comes back. */
import type { Clock } from '../../core/ports.ts';
import { holdOf } from '../../core/rate.ts';
import type { Window } from '../../core/types.ts';

/**
 * Invariant: `free` plus the units at work plus the units held is the window's limit. A unit is held for one window and
 * a margin after its answer, by the monotonic clock: nobody can set it. While the machine sleeps it stands still, so
 * after a sleep a unit comes back late, by at most its own window, and never early.
 */
export class Ledger {
  readonly window: Window;
  readonly #clock: Clock;
  readonly #hold: number;
  /** Instants of the monotonic clock that the units held count from, the oldest first. */
  readonly #held: number[] = [];
  #free: number;

  /** `later`: so much longer than it must a unit is held, ms. */
  constructor(window: Window, clock: Clock, later = 0) {
    this.window = window;
    this.#clock = clock;
    this.#hold = holdOf(window) + later;
    this.#free = window.limit;
  }

  /** May be below zero, when other processes or an earlier one used more than is left. */
  get free(): number {
    return this.#free;
  }

  /** From when each unit in use counts; those at work count from now. */
  inUse(): number[] {
    const atWork = this.window.limit - this.#free - this.#held.length;
    const [wall, mono] = [this.#clock.now(), this.#clock.mono()];
    return [...this.#held.map((since) => wall - (mono - since)), ...Array.from({ length: Math.max(0, atWork) }, () => wall)];
  }

  take(): void {
    this.#free -= 1;
  }

  giveBack(): void {
    this.#free += 1;
  }

  /** A unit taken before is in use since `wall` (ms since the epoch; now if not told). */
  hold(wall: number = this.#clock.now()): void {
    const since = this.#clock.mono() - (this.#clock.now() - wall);
    let at = this.#held.length;
    while (at > 0 && (this.#held[at - 1] ?? 0) > since) at -= 1;
    this.#held.splice(at, 0, since);
  }

  /** Milliseconds until the next unit comes back (0 or less: due now); undefined when none is held. */
  nextIn(): number | undefined {
    const [next] = this.#held;
    return next === undefined ? undefined : next + this.#hold - this.#clock.mono();
  }

  /** Frees what is due. */
  release(): void {
    for (let left = this.nextIn(); left !== undefined && left <= 0; left = this.nextIn()) {
      this.#held.shift();
      this.#free += 1;
    }
  }
}
