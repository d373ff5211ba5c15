/** Outcomes as people read them: what the API has taken is "accepted", and never more than that. */
import type { OutcomeCounts } from '../../core/summary.ts';
import { cut } from './labelled.ts';
import { OUTCOMES, type Outcome } from '../../core/types.ts';

/** The vocabulary's word, but for `created`. */
function wordOf(outcome: Outcome): string {
  return outcome === 'created' ? 'accepted' : outcome;
}

/** "1385 accepted, 3 invalid"; '' where there is nothing to count. */
export function countsText(counts: OutcomeCounts): string {
  return OUTCOMES.filter((outcome) => counts[outcome])
    .map((outcome) => `${counts[outcome]} ${wordOf(outcome)}`)
    .join(', ');
}

/** A line for each outcome that occurs, in the vocabulary's order: the words that flags and reports have, and what they mean. */
export function outcomeLines(counts: OutcomeCounts, columns = Infinity): string[] {
  return OUTCOMES.filter((outcome) => counts[outcome]).map((outcome) =>
    cut(`  ${String(counts[outcome]).padStart(7)}  ${wordOf(outcome).padEnd(20)} ${MEANING[outcome]}`, columns),
  );
}

const MEANING: Readonly<Record<Outcome, string>> = {
  created: 'the API keeps our action (outcome: created)',
  'already-in-progress': 'an action of this type was open already',
  blocked: 'an open action of another type is in the way',
  refused: 'the API said no, for good',
  failed: 'retries used up',
  unknown: 'sent, answer lost, could not be found out',
  'not-sent': 'the run stopped first',
  invalid: 'no machine id, or not of this tenant',
  duplicate: 'the same machine as an earlier row',
  excluded: 'spared by the exclusions',
  ineligible: 'cannot take this action',
  'already-applied': 'in force already',
  planned: 'would be called',
};
