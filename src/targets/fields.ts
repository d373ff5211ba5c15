/** Rows from values that were JSON: ids, or objects that hold one. */
import { deviceNameColumn, machineColumn, noColumn, type WantedColumns } from './columns.ts';
import { complaint, shortened } from './complaint.ts';
import type { AddRow } from './format.ts';
import { inputFrom, otherColumns, type Column } from './input.ts';

/** An object of a list that was JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** The names under which the objects of one shape hold what a row needs. */
interface Names {
  readonly machine: string | undefined;
  readonly deviceName: string | undefined;
  readonly others: readonly Column[];
}

/** Objects of one list have few shapes; more than this many are not remembered. */
const MAX_SHAPES = 1000;

/**
 * The field that names the machine is chosen once, by the first object that has one: a later object without it becomes
 * an empty row, because its next best field may hold the id of something else.
 */
export class FieldReader {
  readonly #file: string;
  readonly #wanted: WantedColumns;
  readonly #add: AddRow;
  readonly #shapes = new Map<string, Names>();
  #chosen: string | undefined;
  /** The first object in which no field would do. */
  #odd: { readonly line: number; readonly names: readonly string[] } | undefined;

  constructor(file: string, wanted: WantedColumns, add: AddRow) {
    this.#file = file;
    this.#wanted = wanted;
    this.#add = add;
  }

  /** @throws UsageError for an array, and for a plain value where a field was asked for. */
  take(value: unknown, line: number): void {
    if (isFields(value)) return this.#takeFields(value, line);
    if (Array.isArray(value)) throw complaint(this.#file, line, 'an array inside the list', EXPECTED);
    if (this.#wanted.column !== undefined) throw noColumn(this.#file, line, [], this.#wanted);
    this.#add(textOfValue(value), '', line);
  }

  /** To be called after the last value. @throws UsageError when there were objects and none had a field that will do. */
  end(): void {
    if (this.#odd === undefined || this.#chosen !== undefined) return;
    throw noColumn(this.#file, this.#odd.line, this.#odd.names, { ...this.#wanted, hint: `${this.#wanted.hint} ${EXPECTED}` });
  }

  #takeFields(fields: Fields, line: number): void {
    const keys = Object.keys(fields);
    const { machine, deviceName, others } = this.#namesIn(keys);
    if (this.#chosen === undefined) this.#odd ??= { line, names: keys };
    const name = deviceName === undefined ? '' : fields[deviceName];
    const input = inputFrom(others, (index) => inputText(fields[keys[index] ?? '']));
    this.#add(machine === undefined ? '' : textOfValue(fields[machine]), typeof name === 'string' ? name : '', line, input);
  }

  #namesIn(keys: readonly string[]): Names {
    const shape = keys.join('\n');
    const known = this.#shapes.get(shape);
    if (known) return known;
    this.#chosen ??= keys[machineColumn(keys, this.#wanted)];
    const machine = this.#chosen && keys[machineColumn(keys, { ...this.#wanted, column: this.#chosen })];
    const deviceName = keys[deviceNameColumn(keys)];
    const taken = [machine, deviceName].map((name) => (name === undefined ? -1 : keys.indexOf(name)));
    const names = { machine, deviceName, others: otherColumns(keys, taken) };
    if (this.#shapes.size < MAX_SHAPES) this.#shapes.set(shape, names);
    return names;
  }
}

/** What a JSON list may look like, for messages. */
export const EXPECTED = 'Expected an array of ids or of objects, { "value": [...] }, { "Results": [...] }, or one object a line.';

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that names no machine: as long as a value may be, and nothing where there is none. */
function inputText(value: unknown): string {
  return value === null || value === undefined ? '' : textOfValue(value, Infinity);
}

/** What is no text stands in the row as its JSON, so that the report can show it. */
function textOfValue(value: unknown, longest = 100): string {
  if (typeof value === 'string') return value;
  try {
    return shortened(JSON.stringify(value), longest);
  } catch {
    // Nested deeper than can be written out again.
    return Array.isArray(value) ? '[…]' : '{…}';
  }
}
