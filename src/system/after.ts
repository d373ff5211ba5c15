/** Timers for waits of any length. */

/** The longest that a Node timer can wait: 24.8 days. A longer one would fire at once. */
const LONGEST_MS = 0x7fffffff;

export interface AfterOptions {
  /** Whether the process may end before it is time. Default: no. */
  readonly unref?: boolean;
}

/** Does `work` after `ms`, however long that is; Infinity is never. Returns what calls it off. */
export function after(ms: number, work: () => void, { unref = false }: AfterOptions = {}): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const part = Math.min(left, LONGEST_MS);
    timer = setTimeout(() => (left > part ? wait(left - part) : work()), part);
    if (unref) timer.unref();
  };
  wait(ms);
  return () => clearTimeout(timer);
}

/** `ms`, or the longest time that Node's own time-outs (a socket's, say) can be given. */
export function asTimeout(ms: number): number {
  return Math.min(ms, LONGEST_MS);
}
