/** A report's rows counted as people ask about them: accepted, confirmed, pending, skipped, and who needs somebody. */
import { GROUPS, needsSomebody, standingOf, STANDINGS, WORDS, type Group, type Standing } from '../core/words.ts';
import type { RunRow } from '../core/types.ts';
import type { Report } from './report.ts';

export interface Tally {
  readonly rows: number;
  /** In the order of urgency, zeros left out. */
  readonly standings: readonly { readonly standing: Standing; readonly count: number }[];
  readonly groups: Readonly<Record<Group, number>>;
  /** Actions that the API created for this run, whatever became of them. */
  readonly accepted: number;
}

/** Walks over the rows once; `each` sees every row with its standing. */
export async function tallyOf(report: Report, each?: (row: RunRow, standing: Standing) => void): Promise<Tally> {
  const counts = new Map<Standing, number>();
  for await (const row of report.rows()) {
    const standing = standingOf(row, report.run);
    counts.set(standing, (counts.get(standing) ?? 0) + 1);
    each?.(row, standing);
  }
  const standings = STANDINGS.filter((standing) => counts.has(standing)).map((standing) => ({
    standing,
    count: counts.get(standing) ?? 0,
  }));
  const groups = { confirmed: 0, pending: 0, attention: 0, skipped: 0, waiting: 0, planned: 0 };
  for (const { standing, count } of standings) groups[WORDS[standing].group] += count;
  return { rows: report.summary.rows, standings, groups, accepted: report.summary.outcomes.created ?? 0 };
}

/** Those that need somebody, the most urgent first. */
export function urgent({ standings }: Tally): Tally['standings'] {
  return standings.filter(({ standing }) => needsSomebody(standing));
}

export { GROUPS, type Group };
