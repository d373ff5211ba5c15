/** The columns of a row, named here and nowhere else: every format takes names, order and values from this list. */
import { describeOpposed } from '../core/oppositions.ts';
import type { Outcome, Run, RunRow } from '../core/types.ts';
import { isoTime } from './time.ts';

export type Cell = string | number | null;

/** One column: what stands in it, and how a spreadsheet is to take it. */
interface Column<T extends Cell> {
  readonly kind: 'text' | 'number' | 'time';
  readonly of: (row: RunRow, run: Run) => T;
}

const number = <T extends number | null>(of: (row: RunRow) => T): Column<T> => ({ kind: 'number', of });
const text = <T extends string | null>(of: (row: RunRow, run: Run) => T): Column<T> => ({ kind: 'text', of });
/** ISO 8601, UTC. */
const time = (of: (row: RunRow) => string | null): Column<string | null> => ({ kind: 'time', of });

/**
 * In the order of report.csv, which only ever grows at its end. The names are report.json's; report.csv has them in snake case.
 */
export const COLUMNS = {
  row: number(({ row }) => row),
  machineId: text(({ machineId }) => machineId),
  deviceName: text(({ deviceName }) => deviceName),
  job: text((_, { job }) => job),
  outcome: text<Outcome>(({ outcome }) => outcome),
  actionId: text(({ actionId }) => actionId),
  actionStatus: text(({ actionStatus }) => actionStatus),
  httpStatus: number(({ httpStatus }) => httpStatus),
  errorCode: text(({ errorCode }) => errorCode),
  message: text(({ message }) => message),
  attempts: number(({ attempts }) => attempts),
  firstSentAt: time(({ firstSentAt }) => isoTime(firstSentAt)),
  settledAt: time(({ settledAt }) => isoTime(settledAt)),
  runId: text((_, { id }) => id),
  actionEndedAt: time(({ actionEndedAt }) => isoTime(actionEndedAt ?? null)),
  lastSeen: time(({ lastSeen }) => lastSeen ?? null),
  opposed: text(({ opposed }) => (opposed ? describeOpposed(opposed) : null)),
} as const;

export const COLUMN_NAMES: readonly string[] = Object.keys(COLUMNS);

/** A row's cells in the order of the columns. */
export function cellsOf(run: Run, row: RunRow): Cell[] {
  return Object.values(COLUMNS).map(({ of }) => of(row, run));
}

/** A row as reports show it, by the names of report.json. */
export function reportRow(run: Run, row: RunRow): Readonly<Record<string, Cell>> {
  return Object.fromEntries(Object.entries(COLUMNS).map(([name, { of }]) => [name, of(row, run)]));
}

/** The list's own columns come after ours, marked as such: `in_NAME`. */
export function inputName(name: string): string {
  return `in_${name}`;
}

/** `firstSentAt` as report.csv writes it: `first_sent_at`. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
