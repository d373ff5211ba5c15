/** What became of the calls of a run so far, by outcome: earlier processes' too. */
import type { State } from '../core/ports.ts';
import { countOutcomes, ordered, type OutcomeCounts } from '../core/summary.ts';
import type { CallOutcome, Outcome, Run } from '../core/types.ts';

const MINUTE_MS = 60_000;

export class RunCounts {
  readonly #counts: Record<string, number>;
  /** When calls were settled, the last minute of them. */
  readonly #settledAt: number[] = [];

  private constructor(settled: OutcomeCounts) {
    this.#counts = { ...settled };
  }

  /** @throws StateError */
  static async of(run: Run, state: State): Promise<RunCounts> {
    const { calls, open } = await state.callCounts(run.id);
    const settled = open === calls ? [] : await Array.fromAsync(settledCalls(state, run.id));
    return new RunCounts(countOutcomes(settled));
  }

  get outcomes(): OutcomeCounts {
    return ordered(this.#counts);
  }

  settled(outcome: CallOutcome, now: number): void {
    this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
    this.#settledAt.push(now);
  }

  /** Calls settled in the minute before `now`. */
  recent(now: number): number {
    while ((this.#settledAt[0] ?? now) < now - MINUTE_MS) this.#settledAt.shift();
    return this.#settledAt.length;
  }
}

/** Rows left unknown are open calls again. */
async function* settledCalls(state: State, runId: string): AsyncGenerator<Outcome> {
  for await (const { outcome, settledAt } of state.rows(runId)) if (settledAt !== null && outcome !== 'unknown') yield outcome;
}
