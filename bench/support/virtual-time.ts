/**
 * A clock for libraries that know nothing of it: timers, `Date` and `performance.now` of the process are replaced, and time
 * goes from event to event. Hours pass in seconds, and in the same order as on a real clock: a timer fires 0 to 1 ms late.
 */
import type { Random } from '../../src/emulator/random.ts';

interface Event {
  at: number;
  readonly n: number;
  readonly work: () => void;
  isCalledOff: boolean;
}

const real = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate, Date };
const realNow = performance.now.bind(performance);

export class VirtualTime {
  readonly #start: number;
  readonly #random: Random;
  readonly #events: Event[] = [];
  #elapsed = 0;
  #count = 0;

  /** `start`: ms since the epoch. */
  constructor(start: number, random: Random) {
    this.#start = start;
    this.#random = random;
  }

  /** Ms since the epoch. */
  now(): number {
    return this.#start + this.#elapsed;
  }

  /** Ms since the clock was made. */
  get elapsed(): number {
    return this.#elapsed;
  }

  /** Exactly then, as a network is no timer of Node's. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#push(ms, resolve));
  }

  /** Runs `work` to its end by this clock, and puts the process's own back. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#install();
    try {
      let isOver = false;
      const over = (): void => void (isOver = true);
      const result = work();
      result.then(over, over);
      for (;;) {
        await new Promise<void>((resolve) => void real.setImmediate(resolve));
        if (isOver) return await result;
        if (!this.#next()) throw new Error('nothing is left to wait for, and the work is not over');
      }
    } finally {
      Object.assign(globalThis, real);
      performance.now = realNow;
    }
  }

  #install(): void {
    const timer = (event: Event): object => Object.assign(event, { ref: () => event, unref: () => event, hasRef: () => true });
    const set = (work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): object =>
      timer(this.#push(this.#late(ms), () => work(...args)));
    const repeat = (work: () => void, ms: number): object => {
      const again = (): void => {
        if (first.isCalledOff) return;
        work();
        this.#push(this.#late(ms), again);
      };
      const first = this.#push(this.#late(ms), again);
      return timer(first);
    };
    const soon = (work: (...args: unknown[]) => void, ...args: unknown[]): object => timer(this.#push(0, () => work(...args)));
    const clear = (event?: Event): void => {
      if (event) event.isCalledOff = true;
    };
    const now = (): number => Math.floor(this.now());
    const VirtualDate = class extends real.Date {
      constructor(value?: number | string) {
        super(value ?? now());
      }
      static override now = now;
    };
    Object.assign(globalThis, {
      setTimeout: set,
      clearTimeout: clear,
      setInterval: repeat,
      clearInterval: clear,
      setImmediate: soon,
      clearImmediate: clear,
      Date: VirtualDate,
    });
    performance.now = () => this.#elapsed;
  }

  #late(ms: number): number {
    return Math.max(1, ms || 0) + this.#random();
  }

  #push(ms: number, work: () => void): Event {
    const event: Event = { at: this.#elapsed + ms, n: (this.#count += 1), work, isCalledOff: false };
    const heap = this.#events;
    let place = heap.push(event) - 1;
    for (let above = (place - 1) >> 1; place > 0; above = (place - 1) >> 1) {
      const parent = heap[above];
      if (!parent || isBefore(parent, event)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = event;
    return event;
  }

  #next(): boolean {
    const event = this.#pop();
    if (!event) return false;
    if (event.isCalledOff) return this.#next();
    this.#elapsed = Math.max(this.#elapsed, event.at);
    event.work();
    return true;
  }

  #pop(): Event | undefined {
    const heap = this.#events;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      const [left, right] = [heap[below], heap[below + 1]];
      if (right && left && isBefore(right, left)) below += 1;
      const child = heap[below];
      if (!child || isBefore(last, child)) break;
      heap[place] = child;
      place = below;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.n < b.n);
}
