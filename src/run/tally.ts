/** Counts what is left: the rules of the engine and everybody who shows progress ask here. */
import { ordered, type OutcomeCounts } from '../core/summary.ts';
import type { CallOutcome } from '../core/types.ts';

const MINUTE_MS = 60_000;

export class Tally {
  readonly calls: number;
  readonly #counts: Record<string, number>;
  #done: number;
  /** When calls were settled, the last minute of them. */
  readonly #settledAt: number[] = [];

  /** `calls` of the run, of which `open` are not settled; `settled` counts the outcomes of the others. */
  constructor({ calls, open, settled }: { readonly calls: number; readonly open: number; readonly settled: OutcomeCounts }) {
    this.calls = calls;
    this.#done = calls - open;
    this.#counts = { ...settled };
  }

  get done(): number {
    return this.#done;
  }

  /** Calls that are not settled. */
  get left(): number {
    return this.calls - this.#done;
  }

  get outcomes(): OutcomeCounts {
    return ordered(this.#counts);
  }

  settled(outcome: CallOutcome, now: number): void {
    this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
    this.#done += 1;
    this.#settledAt.push(now);
  }

  /** Calls settled in the minute before `now`. */
  recent(now: number): number {
    while ((this.#settledAt[0] ?? now) < now - MINUTE_MS) this.#settledAt.shift();
    return this.#settledAt.length;
  }
}
