/** Rows of text for a terminal. */
import { cut } from './labelled.ts';

/** What a last column is not narrowed beyond. */
const LEAST = 12;

export interface TableOptions {
  readonly indent?: string;
  /** How wide it may be: the last column is cut where it goes beyond. */
  readonly columns?: number;
}

/** Columns as wide as their widest cell; the last one is not filled up. */
export function table(rows: readonly (readonly string[])[], { indent = '  ', columns = Infinity }: TableOptions = {}): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const before = indent.length + widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const last = Math.max(LEAST, columns - before);
  return rows.map((row) =>
    `${indent}${row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(widths[column] ?? 0) : cut(cell, last))).join('  ')}`.trimEnd(),
  );
}
