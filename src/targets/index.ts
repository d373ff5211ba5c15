/** Reading target lists: every row with its file and line, nothing judged yet. */
import type { Readable } from 'node:stream';
import type { Input, InputRow, InputRows } from '../core/types.ts';
import { UsageError } from '../core/errors.ts';
import { PackedRows } from '../core/packed-rows.ts';
import { fileBytes, streamBytes } from './bytes.ts';
import { shortened } from './complaint.ts';
import { ENTRA_COLUMNS, machineColumn, NAME_COLUMNS, noColumn, type WantedColumns } from './columns.ts';
import { sizeOf } from './input.ts';
import { FieldReader, type Fields } from './fields.ts';
import type { AddRow } from './format.ts';
import { readList } from './list.ts';

export { readExclusions } from './exclusions.ts';

export type Source =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdin'; readonly stream: Readable }
  | { readonly kind: 'machine'; readonly id: string }
  /** What was read from somewhere else, as objects: its columns are found as those of a JSON list. */
  | {
      readonly kind: 'records';
      readonly name: string;
      readonly records: readonly Fields[];
      /** The column that names the machine, whatever `--column` says of the lists. */
      readonly column?: string | undefined;
      readonly columns?: readonly string[] | undefined;
    };

export interface ReadOptions {
  /** The column that names the machine, whatever else there is. */
  readonly column?: string;
  /** Rows may hold DNS names or Entra device ids: such columns will do when there is no id column. */
  readonly resolve?: boolean;
  /** Told once when the other columns are more than can be kept. */
  readonly onWarning?: (message: string) => void;
}

/** Rows are held in memory; more than this is no list of machines. */
const MAX_ROWS = 5_000_000;
/** Characters of all other columns of all rows together. */
const MAX_INPUT = 128 * 1024 * 1024;

/**
 * Rows of all sources in order; row numbers count from 1 over all. Sources without rows are no error.
 * @throws UsageError when a source cannot be read to its end as a list.
 */
export async function readTargets(sources: readonly Source[], options: ReadOptions = {}): Promise<InputRows> {
  const wanted = wantedOf(options);
  const rows = new PackedRows();
  if (sources.filter(({ kind }) => kind === 'stdin').length > 1) throw new UsageError('standard input can be read only once');
  let singles = 0;
  let room = MAX_INPUT;
  const kept = (input: Input | undefined, place: string): Pick<InputRow, 'input'> => {
    if (input === undefined || room < 0) return {};
    room -= sizeOf(input);
    if (room >= 0) return { input };
    options.onWarning?.(
      `${place}: from here on only the machines of the list are kept: its other columns are more than ${MAX_INPUT} characters`,
    );
    return {};
  };
  for (const source of sources) {
    if (source.kind === 'machine') singles += 1;
    await readSource(source, wanted, singles, (file, cell, deviceName, line, input) => {
      if (rows.length === MAX_ROWS) throw new UsageError(`${file}:${line}: more than ${MAX_ROWS} rows`);
      const row = { text: brief(cell), deviceName: brief(deviceName), file, line };
      rows.add(input === undefined ? row : { ...row, ...kept(input, `${file}:${line}`) });
    });
  }
  return rows;
}

/** No id and no name is longer: what is goes into the report as an invalid row, and not with all its length. */
const LONGEST_CELL = 500;

function brief(cell: string): string {
  return shortened(cell.trim(), LONGEST_CELL);
}

type Take = (file: string, cell: string, deviceName: string, line: number, input?: Input) => void;

async function readSource(source: Source, wanted: WantedColumns, single: number, take: Take): Promise<void> {
  switch (source.kind) {
    case 'machine':
      return take('--machine', source.id, '', single);
    case 'records':
      return takeRecords(source, source.column === undefined ? wanted : { ...wanted, column: source.column }, (cell, name, line, input) =>
        take(source.name, cell, name, line, input),
      );
    case 'file':
      return readList(source.path, fileBytes(source.path), wanted, (cell, name, line, input) => take(source.path, cell, name, line, input));
    case 'stdin':
      return readList(
        STDIN,
        streamBytes(STDIN, () => source.stream),
        wanted,
        (cell, name, line, input) => take(STDIN, cell, name, line, input),
      );
  }
}
const STDIN = 'standard input';

/** Lines count from 1 over the records. Columns that are known beforehand must hold one that will do, rows or none. */
function takeRecords({ name, records, columns }: Extract<Source, { kind: 'records' }>, wanted: WantedColumns, add: AddRow): void {
  if (columns && machineColumn(columns, wanted) < 0) throw noColumn(name, 1, columns, wanted);
  const reader = new FieldReader(name, wanted, add);
  for (const [index, record] of records.entries()) reader.take(record, index + 1);
  reader.end();
}

function wantedOf({ column, resolve = false }: ReadOptions): WantedColumns {
  return {
    column,
    standIns: resolve ? [...NAME_COLUMNS, ...ENTRA_COLUMNS] : [],
    hint: resolve
      ? 'Name the column with --column.'
      : 'Name the column with --column; --resolve takes device names or Entra device ids instead.',
  };
}
