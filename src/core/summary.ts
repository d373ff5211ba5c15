/** What a run came to, counted from its rows. */
import { parseDuration } from './durations.ts';
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

const OPEN_LONGER = 'open-longer-than=';

/** A word of `--fail-on`: an outcome, or how long an action may stay open before it is somebody's. */
export type FailOn = Outcome | `${typeof OPEN_LONGER}${string}`;

/**
 * The words of `--fail-on`: outcomes, `none`, and `open-longer-than=72h`. The last alone adds to the default, because a
 * second alarm must not silence the first. A string is an error message.
 */
export function failOnFrom(given: readonly string[]): readonly FailOn[] | string {
  const words = given.filter((word) => word !== '');
  const read: FailOn[] = [];
  for (const word of words.filter((each) => each !== 'none')) {
    const known = OUTCOMES.find((outcome) => outcome === word) ?? openLongerThan(word);
    if (known === undefined)
      return `"${word}" is no outcome; known are ${OUTCOMES.join(', ')}, or none, and ${OPEN_LONGER}TIME, such as ${OPEN_LONGER}72h`;
    read.push(known);
  }
  const isOnlyTime = words.length > 0 && words.every((word) => word.startsWith(OPEN_LONGER));
  return isOnlyTime ? [...DEFAULT_FAIL_ON, ...read] : read;
}

function openLongerThan(word: string): FailOn | undefined {
  if (!word.startsWith(OPEN_LONGER)) return undefined;
  const time = word.slice(OPEN_LONGER.length);
  return parseDuration(time) === undefined ? undefined : `${OPEN_LONGER}${time}`;
}

/** How long an action may be open, ms; undefined where nobody said. */
export function openLimitOf(failOn: readonly FailOn[]): number | undefined {
  const times = failOn
    .filter((word) => word.startsWith(OPEN_LONGER))
    .map((word) => parseDuration(word.slice(OPEN_LONGER.length)) ?? Infinity);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/**
 * 3 when some row's outcome is one of `failOn`, or an action has been open for longer than it allows; else 0.
 * `openFor`: for how long each open action has been open, ms.
 */
export function exitFor(counts: OutcomeCounts, failOn: readonly FailOn[], openFor: readonly number[] = []): ExitCode {
  const limit = openLimitOf(failOn) ?? Infinity;
  const isBad = OUTCOMES.some((outcome) => failOn.includes(outcome) && (counts[outcome] ?? 0) > 0) || openFor.some((ms) => ms > limit);
  return isBad ? EXIT.outcomes : EXIT.ok;
}

/** "1385 created, 3 invalid" */
export function describeCounts(counts: OutcomeCounts): string {
  const parts = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
  return parts.length > 0 ? parts.join(', ') : 'no rows';
}
