/** How far apart attempts begin where nobody may burst. */
import { evenPace } from '../../core/rate.ts';
import type { Clock } from '../../core/ports.ts';
import type { Window } from '../../core/types.ts';

export class Spacing {
  readonly #windows: readonly Window[];
  readonly #clock: Clock;
  /** Windows over which attempts are spread. */
  readonly #even: Set<Window>;
  /** Attempts that count, earlier ones among them. */
  #begun: number;
  /** When the next may begin, by the monotonic clock. */
  #next = -Infinity;

  /**
   * `inUse`: from when units count that are in use already, ms since the epoch. `begunBefore`: how many began, which tells whether a
   * window was used up when some of its units have come back. `isEven`: over all windows, from the first attempt on.
   */
  constructor(
    windows: readonly Window[],
    clock: Clock,
    { inUse, begunBefore, isEven }: { readonly inUse: readonly number[]; readonly begunBefore: number; readonly isEven: boolean },
  ) {
    this.#windows = windows;
    this.#clock = clock;
    this.#begun = Math.max(inUse.length, begunBefore);
    this.#even = new Set(isEven ? windows : []);
    const last = inUse.reduce((a, b) => Math.max(a, b), -Infinity);
    this.#wait(Math.min(last - clock.now(), 0));
  }

  /** No bursts from now on: over the shortest window, and over those that have been used up once, which may be what ran out. */
  spread(): void {
    const shortest = Math.min(...this.#windows.map(({ ms }) => ms));
    for (const window of this.#windows) if (window.ms === shortest || this.#begun >= window.limit) this.#even.add(window);
    this.#wait();
  }

  began(): void {
    this.#begun += 1;
    this.#wait();
  }

  /** An attempt that began was never sent. */
  unused(): void {
    this.#begun -= 1;
  }

  get begun(): number {
    return this.#begun;
  }

  /** Windows over which attempts are spread; none where nobody asked for it. */
  get even(): readonly Window[] {
    return [...this.#even];
  }

  /** How many may begin at this moment. */
  get room(): number {
    if (this.#even.size === 0) return Infinity;
    return this.waitMs > 0 ? 0 : 1;
  }

  /** Until the next may begin, ms; 0 or less: now. */
  get waitMs(): number {
    return this.#next - this.#clock.mono();
  }

  /** `sinceMs`: when the last one began, from now. */
  #wait(sinceMs = 0): void {
    if (this.#even.size > 0) this.#next = this.#clock.mono() + sinceMs + evenPace(this.even, this.#begun);
  }
}
