/** A report's rows counted as people ask about them: accepted, confirmed, pending, skipped, and who needs somebody. */
import { needsSomebody, resultOf, RESULTS, WORDS, type Group, type Result } from '../core/words.ts';
import type { RunRow } from '../core/types.ts';
import type { Report } from './report.ts';

export interface Totals {
  readonly rows: number;
  /** In the order of urgency, zeros left out. */
  readonly results: readonly { readonly result: Result; readonly count: number }[];
  readonly groups: Readonly<Record<Group, number>>;
  /** Actions that the API created for this run, whatever became of them. */
  readonly accepted: number;
}

/** Walks over the rows once; `each` sees every row with its result. */
export async function tallyOf(report: Report, each?: (row: RunRow, result: Result) => void): Promise<Totals> {
  const counts = new Map<Result, number>();
  for await (const row of report.rows()) {
    const result = resultOf(row, report.run);
    counts.set(result, (counts.get(result) ?? 0) + 1);
    each?.(row, result);
  }
  const results = RESULTS.filter((result) => counts.has(result)).map((result) => ({
    result,
    count: counts.get(result) ?? 0,
  }));
  const groups = { confirmed: 0, pending: 0, attention: 0, skipped: 0, waiting: 0, planned: 0 };
  for (const { result, count } of results) groups[WORDS[result].group] += count;
  return { rows: report.summary.rows, results, groups, accepted: report.summary.outcomes.created ?? 0 };
}

/** Those that need somebody, the most urgent first. */
export function urgent({ results }: Totals): Totals['results'] {
  return results.filter(({ result }) => needsSomebody(result));
}
