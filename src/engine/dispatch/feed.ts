/**
 * How many calls are under way at once. Bottleneck takes its time for every job it is handed, so a long list is fed to it
 * in small helpings; parked calls leave their place to others and come back before new ones.
 */
export class Feed {
  #free: number;
  readonly #returning: (() => void)[] = [];
  readonly #fresh: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Resolves with a place taken. */
  enter(): Promise<void> {
    return this.#take(this.#fresh);
  }

  leave(): void {
    const next = this.#returning.shift() ?? this.#fresh.shift();
    if (next) next();
    else this.#free += 1;
  }

  /** Gives the place up for as long as `work` takes. */
  async outside<T>(work: () => Promise<T>): Promise<T> {
    this.leave();
    try {
      return await work();
    } finally {
      await this.#take(this.#returning);
    }
  }

  async #take(queue: (() => void)[]): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => void queue.push(resolve));
  }
}
