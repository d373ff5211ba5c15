/** Reading target lists: every row with its file and line, nothing judged yet. */
import type { Readable } from 'node:stream';
import type { InputRow } from '../core/types.ts';
import { UsageError } from '../core/errors.ts';
import { fileBytes, streamBytes } from './bytes.ts';
import { ENTRA_COLUMNS, NAME_COLUMNS, type Wanted } from './columns.ts';
import { shortened } from './complaint.ts';
import { readList } from './list.ts';

export { readExclusions } from './exclusions.ts';

export type Source =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdin'; readonly stream: Readable }
  | { readonly kind: 'machine'; readonly id: string };

export interface ReadOptions {
  /** The column that names the machine, whatever else there is. */
  readonly column?: string;
  /** Rows may hold DNS names or Entra device ids: such columns will do when there is no id column. */
  readonly resolve?: boolean;
}

/** Rows are held in memory; more than this is no list of machines. */
const MAX_ROWS = 5_000_000;

/**
 * Rows of all sources in order; row numbers count from 1 over all. Sources without rows are no error.
 * @throws UsageError when a source cannot be read to its end as a list.
 */
export async function readTargets(sources: readonly Source[], options: ReadOptions = {}): Promise<InputRow[]> {
  const wanted = wantedOf(options);
  const rows: InputRow[] = [];
  if (sources.filter(({ kind }) => kind === 'stdin').length > 1) throw new UsageError('standard input can be read only once');
  let singles = 0;
  for (const source of sources) {
    if (source.kind === 'machine') singles += 1;
    await readSource(source, wanted, singles, (file, cell, deviceName, line) => {
      if (rows.length === MAX_ROWS) throw new UsageError(`${file}:${line}: more than ${MAX_ROWS} rows`);
      rows.push({ row: rows.length + 1, text: kept(cell), deviceName: kept(deviceName), file, line });
    });
  }
  return rows;
}

/** No id and no name is longer: what is goes into the report as an invalid row, and not with all its length. */
const LONGEST_CELL = 500;

function kept(cell: string): string {
  return shortened(cell.trim(), LONGEST_CELL);
}

type Take = (file: string, cell: string, deviceName: string, line: number) => void;

async function readSource(source: Source, wanted: Wanted, single: number, take: Take): Promise<void> {
  switch (source.kind) {
    case 'machine':
      return take('--machine', source.id, '', single);
    case 'file':
      return readList(source.path, fileBytes(source.path), wanted, (...row) => take(source.path, ...row));
    case 'stdin':
      return readList(
        STDIN,
        streamBytes(STDIN, () => source.stream),
        wanted,
        (...row) => take(STDIN, ...row),
      );
  }
}
const STDIN = 'standard input';

function wantedOf({ column, resolve = false }: ReadOptions): Wanted {
  return {
    column,
    standIns: resolve ? [...NAME_COLUMNS, ...ENTRA_COLUMNS] : [],
    hint: resolve
      ? 'Name the column with --column.'
      : 'Name the column with --column; --resolve takes device names or Entra device ids instead.',
  };
}
