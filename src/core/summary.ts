/** What a run came to, counted from its rows. */
import { EXIT, type ExitCode } from './exit.ts';
import { OUTCOMES, type Outcome } from './types.ts';

export type OutcomeCounts = Readonly<Partial<Record<Outcome, number>>>;

/** Counts outcomes, in the vocabulary's order, zeros left out. */
export function countOutcomes(outcomes: Iterable<Outcome>): OutcomeCounts {
  const counts = new Map<Outcome, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return ordered(Object.fromEntries(counts));
}

/** The same counts in the vocabulary's order. */
export function ordered(counts: Readonly<Record<string, number>>): OutcomeCounts {
  return Object.fromEntries(OUTCOMES.filter((outcome) => counts[outcome]).map((outcome) => [outcome, counts[outcome] ?? 0]));
}

/** Outcomes that make exit 3 unless `--fail-on` says otherwise. */
export const DEFAULT_FAIL_ON: readonly Outcome[] = ['invalid', 'ineligible', 'blocked', 'refused', 'failed', 'unknown', 'not-sent'];

/** 3 when some row's outcome is one of `failOn`, else 0. */
export function exitFor(counts: OutcomeCounts, failOn: readonly Outcome[]): ExitCode {
  return failOn.some((outcome) => (counts[outcome] ?? 0) > 0) ? EXIT.outcomes : EXIT.ok;
}

/** "1385 created, 3 invalid" */
export function describeCounts(counts: OutcomeCounts): string {
  const parts = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
  return parts.length > 0 ? parts.join(', ') : 'no rows';
}
