/** What a page's table is made of: rows as arrays, because ten thousand objects would be twice the size. */
import { cellOf } from '../core/column-names.ts';
import { describeOpposed } from '../core/oppositions.ts';
import { resultOf, RESULTS, type Result } from '../core/words.ts';
import type { Run, RunRow } from '../core/types.ts';

/** Times in ms since the epoch; `result` is an index of RESULTS, `file` one of the page's files. */
export type PageRow = readonly [
  row: number,
  machineId: string,
  deviceName: string,
  result: number,
  outcome: string,
  actionStatus: string | null,
  actionId: string | null,
  httpStatus: number | null,
  errorCode: string | null,
  message: string | null,
  attempts: number,
  firstSentAt: number | null,
  settledAt: number | null,
  actionEndedAt: number | null,
  lastSeen: string | null,
  opposed: string | null,
  file: number,
  line: number,
  input: readonly (string | null)[],
];

/** The page's data block. */
export interface PageData {
  readonly files: readonly string[];
  /** Names of the list's other columns. */
  readonly inputColumns: readonly string[];
  readonly rows: readonly PageRow[];
  /** Changes of rows that a live page has already. */
  readonly version: number;
  /** Rows of the list; more than `rows` when there were too many for a page. */
  readonly total: number;
  /** The run's day: times of it are shown without the date. */
  readonly day: string;
  /** Words of each result, by index. */
  readonly results: readonly ResultWords[];
}

export interface ResultWords {
  readonly name: Result;
  readonly label: string;
  readonly meaning: string;
  readonly group: string;
  readonly todo: string | null;
}

/** Makes page rows; remembers the files that they come from. */
export class RowEncoder {
  readonly #run: Run;
  readonly #inputColumns: readonly string[];
  readonly #files = new Map<string, number>();

  constructor(run: Run, inputColumns: readonly string[]) {
    this.#run = run;
    this.#inputColumns = inputColumns;
  }

  get files(): readonly string[] {
    return [...this.#files.keys()];
  }

  encode(row: RunRow): PageRow {
    const { machineId, deviceName, outcome, actionStatus, actionId, httpStatus, errorCode, message, attempts } = row;
    const { firstSentAt, settledAt, actionEndedAt = null, lastSeen = null, line, input } = row;
    const result = RESULTS.indexOf(resultOf(row, this.#run));
    const opposed = row.opposed ? describeOpposed(row.opposed) : null;
    const own = this.#inputColumns.map((name) => cellOf(input, name));
    const what = [row.row, machineId, deviceName, result, outcome, actionStatus, actionId, httpStatus, errorCode, message] as const;
    return [...what, attempts, firstSentAt, settledAt, actionEndedAt, lastSeen, opposed, this.#fileOf(row.file), line, own];
  }

  #fileOf(file: string): number {
    const known = this.#files.get(file) ?? this.#files.size;
    this.#files.set(file, known);
    return known;
  }
}
