/** Rows from records: finds the columns in the first one. */
import { deviceNameColumn, isHeader, machineColumn, noColumn, type WantedColumns } from './columns.ts';
import { complaint, excerpt } from './complaint.ts';
import type { AddRow } from './format.ts';
import { inputFrom, otherColumns, type Column } from './input.ts';
import { isComment } from './lines.ts';

interface Columns {
  readonly machine: number;
  readonly deviceName: number;
  readonly others: readonly Column[];
  /** Cells beyond it must be empty. */
  readonly width: number;
}

export class Table {
  readonly #file: string;
  readonly #wanted: WantedColumns;
  readonly #add: AddRow;
  #columns: Columns | undefined;

  constructor(file: string, wanted: WantedColumns, add: AddRow) {
    this.#file = file;
    this.#wanted = wanted;
    this.#add = add;
  }

  /** @throws UsageError when no column will do, or when a record is wider than the first one. */
  take(record: readonly string[], line: number): void {
    if (isEmpty(record)) return;
    if (this.#columns === undefined) this.#begin(withoutTrailingEmpty(record), line);
    else this.#takeRow(record, this.#columns, line);
  }

  #begin(first: readonly string[], line: number): void {
    const width = first.length;
    if (!isHeader(first, this.#wanted)) {
      if (width > 1 || this.#wanted.column !== undefined) throw noColumn(this.#file, line, first, this.#wanted);
      this.#columns = { machine: 0, deviceName: -1, others: [], width };
      return this.#takeRow(first, this.#columns, line);
    }
    const machine = machineColumn(first, this.#wanted);
    if (machine < 0) throw noColumn(this.#file, line, first, this.#wanted);
    const deviceName = deviceNameColumn(first);
    this.#columns = { machine, deviceName, others: otherColumns(first, [machine, deviceName]), width };
  }

  #takeRow(record: readonly string[], { machine, deviceName, others, width }: Columns, line: number): void {
    if (width === 1 && isComment(record[0] ?? '')) return;
    if (record.length > width) this.#checkBeyond(record, width, line);
    const input = others.length > 0 ? inputFrom(others, (index) => record[index] ?? '') : undefined;
    this.#add(record[machine] ?? '', deviceName < 0 ? '' : (record[deviceName] ?? ''), line, input);
  }

  /** A delimiter inside an unquoted cell shifts the ids into the wrong column: better to stop than to read on. */
  #checkBeyond(record: readonly string[], width: number, line: number): void {
    const beyond = record.slice(width).find((cell) => cell !== '');
    if (beyond === undefined) return;
    throw complaint(
      this.#file,
      line,
      `${withoutTrailingEmpty(record).length} cells where the first record has ${width} (${excerpt(beyond)} is too many)`,
      'Put cells that hold the delimiter in quotes.',
    );
  }
}

function withoutTrailingEmpty(record: readonly string[]): readonly string[] {
  return record.slice(0, 1 + record.findLastIndex((cell) => cell !== ''));
}

/** A loop: it is asked of each of a million records. */
function isEmpty(record: readonly string[]): boolean {
  for (const cell of record) if (cell !== '') return false;
  return true;
}
