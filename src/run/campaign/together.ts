/** Many who get ready side by side, and go on together once it was decided for all of them at once. */

/** So many get ready at a time: each signs in and reads facts. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves when it is somebody's turn, with what ends it; ending it twice does nothing. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
  }
}

/** Everyone comes or goes, once; when nobody is missing any more, it is decided for those who came. */
export class Together<T> {
  #missing: number;
  readonly #came: T[] = [];
  readonly #decide: (came: readonly T[]) => Promise<void>;
  readonly #decided = Promise.withResolvers<void>();
  /** Why it was decided against all of them; undefined where it was not. */
  refused: unknown;

  constructor(count: number, decide: (came: readonly T[]) => Promise<void>) {
    this.#missing = count;
    this.#decide = decide;
  }

  /** Resolves when all may go on. @throws what the decision throws */
  come(one: T): Promise<void> {
    this.#came.push(one);
    this.#count();
    return this.#decided.promise;
  }

  go(): void {
    this.#count();
  }

  #count(): void {
    this.#missing -= 1;
    if (this.#missing > 0 || this.#came.length === 0) return;
    const refuse = (why: unknown): void => {
      this.refused = why;
      this.#decided.reject(why);
    };
    this.#decide(this.#came).then(this.#decided.resolve, refuse);
  }
}
