/**
 * One durable commit for all that is asked for at about the same time: a commit waits for the disk, and a hundred calls that
 * go out together would wait two hundred times.
 */

/** One piece of work, and whoever waits for it. */
export interface Step {
  /** Runs inside the transaction. What it throws is for its own waiter only. */
  readonly run: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** However slow the disk is, a step waits no longer than this for company, ms. */
const LONGEST_WAIT_MS = 10;

/**
 * Steps are committed at the end of the event loop's turn, and no more often than that the disk rests as long as it worked:
 * on a slow disk more come together. No step is answered before the commit that holds it.
 */
export class CommitGroup {
  readonly #commit: (steps: readonly Step[]) => void;
  #waiting: Step[] = [];
  #restUntil = -Infinity;
  #callOff: (() => void) | undefined;

  /** `commit` carries the steps out in one transaction, in order, and answers each. Never throws. */
  constructor(commit: (steps: readonly Step[]) => void) {
    this.#commit = commit;
  }

  /** Resolves, when it is on the disk, with what `run` returned. */
  add<T>(run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let value: T;
      this.#waiting.push({ run: () => void (value = run()), resolve: () => resolve(value), reject });
      this.#callOff ??= soon(this.#restUntil - performance.now(), () => this.flush());
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    const steps = this.#waiting;
    this.#waiting = [];
    if (steps.length === 0) return;
    const began = performance.now();
    this.#commit(steps);
    const ended = performance.now();
    this.#restUntil = ended + Math.min(LONGEST_WAIT_MS, ended - began);
  }
}

/** After `ms`, or when this turn of the event loop has been through its sockets. */
function soon(ms: number, work: () => void): () => void {
  if (ms >= 1) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  }
  const immediate = setImmediate(work);
  return () => clearImmediate(immediate);
}
