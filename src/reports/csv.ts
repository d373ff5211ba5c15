import { stringify } from 'csv-stringify/sync';
import { cellsOf, COLUMN_NAMES, inputName, snakeCase, type Cell } from './columns.ts';
import type { ReportFormat } from './report.ts';
import { cellOf } from '../core/column-names.ts';
import { defused } from '../core/defuse.ts';

/** Excel takes a file without it for one in the system's old code page, and shows names of machines as garbage. */
export const BYTE_ORDER_MARK = '\uFEFF';

/** One line per row of the list. */
export const csv: ReportFormat = {
  name: 'csv',
  file: 'report.csv',
  async *text({ run, rows, inputColumns }) {
    yield BYTE_ORDER_MARK + csvLine([...COLUMN_NAMES.map(snakeCase), ...inputColumns.map(inputName)]);
    for await (const row of rows()) {
      yield csvLine([...cellsOf(run, row), ...inputColumns.map((name) => cellOf(row.input, name))]);
    }
  },
};

/** A line of cells. Text that a spreadsheet would run as a formula is defused. */
export function csvLine(cells: readonly Cell[]): string {
  return stringify([cells.map((cell) => (typeof cell === 'string' ? defused(cell) : cell))]);
}
