/** Rows that are no plain calls, by their reasons: one line for all that have the same to be said of them. */
import { shown } from '../../core/one-line.ts';
import { expectedOutcome } from '../../core/plan.ts';
import type { PlannedRow } from '../../core/types.ts';
import { wrapped } from './labelled.ts';

/** So many names tell who is meant. */
const NAMES = 3;
/** So many reasons are read. */
const REASONS = 12;
const COUNT = 9;

interface Reason {
  readonly text: string;
  readonly first: string[];
  count: number;
}

/** The most frequent first; empty where all rows are plain calls. */
export function reasonLines(rows: Iterable<PlannedRow>, columns: number): string[] {
  const reasons = [...reasonsOf(rows)].sort((a, b) => b.count - a.count);
  const lines = reasons.slice(0, REASONS).flatMap(({ text, first, count }) => {
    const more = count > first.length ? ` and ${count - first.length} more` : '';
    const [head = '', ...others] = wrapped(`${text}: ${first.join(', ')}${more}`, Math.max(20, columns - COUNT - 2));
    return [`  ${String(count).padStart(COUNT - 2)}  ${head}`, ...others.map((line) => `${' '.repeat(COUNT + 2)}${line}`)];
  });
  return reasons.length > REASONS ? [...lines, `           and ${reasons.length - REASONS} more reasons: --all, --json`] : lines;
}

function reasonsOf(rows: Iterable<PlannedRow>): Iterable<Reason> {
  const reasons = new Map<string, Reason>();
  for (const row of rows) {
    if (row.skip === undefined && row.message === undefined) continue;
    const name = shown(row.deviceName || row.machineId) || `row ${row.row}`;
    for (const part of (row.message ?? '').split('; ')) count(reasons, reasonOf(row, part), name);
  }
  return reasons.values();
}

/** "excluded by …" needs no outcome before it. */
function reasonOf(row: PlannedRow, part: string): string {
  const outcome = expectedOutcome(row);
  const text = shown(part);
  return text.startsWith(outcome) ? text : [outcome, text].filter((word) => word !== '').join(', ');
}

/** Texts that differ in numbers, times and ids say the same. */
function count(reasons: Map<string, Reason>, text: string, name: string): void {
  const key = text.replaceAll(/\b[0-9a-f-]{32,}\b|\d[\d.:TZ-]*/gi, '#').slice(0, 60);
  const reason = reasons.get(key) ?? { text, first: [], count: 0 };
  reason.count += 1;
  if (reason.first.length < NAMES) reason.first.push(name);
  reasons.set(key, reason);
}
