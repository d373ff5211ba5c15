/** How the calls of this process stand. Rules of the engine ask it, and so may everybody who shows something. */
export class Tally {
  #left: number;
  #parked = 0;
  #deferred = 0;
  readonly #waiting: (() => void)[] = [];

  /** `open` calls are to be settled. */
  constructor(open: number) {
    this.#left = open;
  }

  /** Not settled yet. */
  get left(): number {
    return this.#left;
  }

  /** Those of them that wait for a list read, without a slot and without a place in the feed. */
  get parked(): number {
    return this.#parked;
  }

  /** Those that are still to be sent, or on their way. */
  get unsent(): number {
    return this.#left - this.#parked;
  }

  /** Only what lists can tell is left: nothing is sent any more unless one proves that something had no effect. */
  get isAllSent(): boolean {
    return this.unsent <= 0;
  }

  settled(): void {
    this.#left -= 1;
    this.#look();
  }

  /** A call counts as parked for as long as `work` takes. */
  async parkedWhile<T>(work: () => Promise<T>): Promise<T> {
    this.#parked += 1;
    this.#look();
    try {
      return await work();
    } finally {
      this.#parked -= 1;
    }
  }

  /** Resolves when nothing but such calls, and parked ones, is left: the end of the queue. */
  async endOfQueue(): Promise<void> {
    this.#deferred += 1;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#look();
    });
    this.#deferred -= 1;
  }

  /** Nothing more is sent: those that wait for the end of the queue need not. */
  release(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  #look(): void {
    if (this.unsent - this.#deferred <= 0) this.release();
  }
}
