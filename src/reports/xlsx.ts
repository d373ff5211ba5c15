import { inputName, COLUMNS, snakeCase, cellsOf } from './columns.ts';
import { factsOf } from './headline.ts';
import type { Report, ReportFormat } from './report.ts';
import { tallyOf } from './tally.ts';
import { cellOf } from '../core/column-names.ts';
import { WORDS } from '../core/words.ts';
import type { Cell, SheetData } from 'write-excel-file/node';

/** A workbook with typed cells: numbers and times that sort as such, and text that stays text whatever it begins with. */
export const xlsx: ReportFormat = {
  name: 'xlsx',
  file: 'report.xlsx',
  async *text(report) {
    // Loaded when it is asked for: nobody else pays for it.
    const { default: write } = await import('write-excel-file/node');
    const rows = await rowSheet(report);
    const columns = [...Object.keys(COLUMNS).map((name) => WIDTHS[name] ?? 14), ...report.inputColumns.map(() => 14)].map((width) => ({
      width,
    }));
    yield await write([
      { data: rows, sheet: 'Rows', stickyRowsCount: 1, columns },
      { data: await runSheet(report), sheet: report.plan ? 'Plan' : 'Run', columns: [{ width: 22 }, { width: 90 }] },
    ]).toBuffer();
  },
};

/** In characters; the others are 14 wide. */
const WIDTHS: Readonly<Record<string, number>> = {
  row: 7,
  machineId: 43,
  deviceName: 34,
  outcome: 18,
  actionId: 38,
  message: 60,
  firstSentAt: 20,
  settledAt: 20,
  actionEndedAt: 20,
  lastSeen: 20,
  opposed: 60,
  runId: 26,
};
/** A sheet holds 1,048,576 rows, its heading among them. */
const MOST_ROWS = 1_048_575;

async function rowSheet({ run, rows, inputColumns }: Report): Promise<SheetData> {
  const kinds = Object.values(COLUMNS).map(({ kind }) => kind);
  const sheet: Cell[][] = [[...Object.keys(COLUMNS).map(snakeCase), ...inputColumns.map(inputName)].map(heading)];
  for await (const row of rows()) {
    if (sheet.length > MOST_ROWS) break;
    const own = inputColumns.map((name) => textCell(cellOf(row.input, name)));
    sheet.push([...cellsOf(run, row).map((value, i) => typedCell(value, kinds[i] ?? 'text')), ...own]);
  }
  return sheet;
}

async function runSheet(report: Report): Promise<SheetData> {
  const { results } = await tallyOf(report);
  return [
    ...(report.summary.rows > MOST_ROWS ? [[heading('Not complete'), textCell('more rows than a sheet holds: report.csv has all')]] : []),
    ...factsOf(report).map(({ label, value }) => [heading(label), textCell(value)]),
    [],
    ...results.map(({ result, count }) => [heading(WORDS[result].label), { value: count, type: Number, align: 'left' } as const]),
  ];
}

function heading(text: string): Cell {
  return { value: clean(text), type: String, fontWeight: 'bold', format: '@' };
}

function typedCell(value: string | number | null, kind: 'text' | 'number' | 'time'): Cell {
  if (value === null) return null;
  if (typeof value === 'number') return { value, type: Number };
  const at = kind === 'time' ? new Date(value) : undefined;
  return at && !Number.isNaN(at.getTime()) ? { value: at, type: Date, format: 'yyyy-mm-dd hh:mm:ss' } : textCell(value);
}

/** The format of text: one that begins with `=` does not become a formula when somebody edits the cell. */
function textCell(value: string | null): Cell {
  return value === null ? null : { value: clean(value), type: String, format: '@' };
}

/** The most characters a cell holds; beyond, a spreadsheet calls the file damaged. */
const LONGEST = 32_767;

/** Without what XML cannot hold. */
function clean(text: string): string {
  const legal = text.toWellFormed().replaceAll(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, '\uFFFD');
  return legal.slice(0, LONGEST).toWellFormed();
}
