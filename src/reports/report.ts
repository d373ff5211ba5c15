/** What a report says, whatever its format. Pure: derived from the state's records alone. */
import { ordered, type OutcomeCounts } from '../core/summary.ts';
import type { Run, RunRow } from '../core/types.ts';

/** A run and a way to walk over its rows, which may be many: they are read more than once, never kept. */
export interface Report {
  readonly run: Run;
  readonly summary: Summary;
  readonly rows: () => AsyncIterable<RunRow>;
}

export interface Summary {
  /** Rows of the list. */
  readonly rows: number;
  /** POSTs made. */
  readonly attempts: number;
  readonly outcomes: OutcomeCounts;
}

/** A format: a file name and the text, in pieces. A new one is a file beside this one and a line in `index.ts`. */
export interface ReportFormat {
  readonly name: string;
  readonly file: string;
  readonly text: (report: Report) => AsyncIterable<string>;
}

/** Reads the rows once, for the counts that every format begins with. */
export async function reportOf(run: Run, rows: () => AsyncIterable<RunRow>): Promise<Report> {
  const outcomes: Record<string, number> = {};
  let [count, attempts] = [0, 0];
  for await (const row of rows()) {
    outcomes[row.outcome] = (outcomes[row.outcome] ?? 0) + 1;
    count += 1;
    attempts += row.attempts;
  }
  return { run, rows, summary: { rows: count, attempts, outcomes: ordered(outcomes) } };
}

/** A row under the names of report.json; report.csv uses the same in snake case. */
export interface ReportRow {
  readonly row: number;
  readonly machineId: string;
  readonly deviceName: string;
  readonly job: string;
  readonly outcome: string;
  readonly actionId: string | null;
  readonly actionStatus: string | null;
  readonly httpStatus: number | null;
  readonly errorCode: string | null;
  readonly message: string | null;
  readonly attempts: number;
  readonly firstSentAt: string | null;
  readonly settledAt: string | null;
  readonly runId: string;
}

/** A row as reports show it: times in ISO 8601, UTC. */
export function reportRow(run: Run, row: RunRow): ReportRow {
  const { machineId, deviceName, outcome, actionId, actionStatus, httpStatus, errorCode, message, attempts } = row;
  return {
    row: row.row,
    machineId,
    deviceName,
    job: run.job,
    outcome,
    actionId,
    actionStatus,
    httpStatus,
    errorCode,
    message,
    attempts,
    firstSentAt: isoTime(row.firstSentAt),
    settledAt: isoTime(row.settledAt),
    runId: run.id,
  };
}

/** Milliseconds since the epoch as ISO 8601 in UTC. */
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** A run as reports show it. */
export function reportRun(run: Run): object {
  const { settings: _, observed: __, ...shown } = run;
  return { ...shown, createdAt: isoTime(run.createdAt), finishedAt: isoTime(run.finishedAt) };
}
