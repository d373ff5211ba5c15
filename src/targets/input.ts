/** The columns of a list beside those that name the machine: they follow each row into the reports, within bounds. */
import { put } from '../core/packed-texts.ts';
import type { Input } from '../core/types.ts';
import { shortened } from './complaint.ts';

/** Columns beyond these are not kept; no export of the portal has as many. */
const MAX_COLUMNS = 100;
const MAX_NAME = 100;
/** Characters of one value, and of all values of one row. */
const MAX_VALUE = 1000;
const MAX_ROW = 16_000;

export interface Column {
  /** Where its cell stands in a record. */
  readonly index: number;
  /** Its name, made unique within the list. */
  readonly name: string;
}

/** All columns but those that are taken, each with a name of its own: a second `Site` is `Site (2)`, one without name `column 3`. */
export function otherColumns(names: readonly string[], taken: readonly number[]): readonly Column[] {
  const used = new Set<string>();
  const columns: Column[] = [];
  for (const [index, written] of names.entries()) {
    if (taken.includes(index)) continue;
    columns.push({ index, name: unused(shortened(written.trim(), MAX_NAME) || `column ${index + 1}`, used) });
    if (columns.length === MAX_COLUMNS) break;
  }
  return columns;
}

function unused(name: string, used: Set<string>): string {
  let candidate = name;
  for (let n = 2; used.has(candidate); n += 1) candidate = `${name} (${n})`;
  used.add(candidate);
  return candidate;
}

/** What a record holds in these columns; undefined where there are none. Long values are cut, and show it. */
export function inputFrom(columns: readonly Column[], cell: (index: number) => string): Input | undefined {
  if (columns.length === 0) return undefined;
  let room = MAX_ROW;
  const input: Record<string, string> = {};
  for (const { index, name } of columns) {
    const value = shortened(cell(index).trim(), Math.min(MAX_VALUE, Math.max(1, room)));
    room -= value.length;
    put(input, name, value);
  }
  return input;
}

/** Characters that a row's input takes. */
export function sizeOf(input: Input): number {
  let size = 0;
  for (const value of Object.values(input)) size += value.length;
  return size;
}
