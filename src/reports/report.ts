/** What a report says, whatever its format. Pure: derived from the state's records alone. */
import type { QuotaAttempt } from '../core/ports.ts';
import { countOpposed, type OppositionCounts } from '../core/oppositions.ts';
import type { ReportFormatName } from '../core/report-formats.ts';
import { ordered, type OutcomeCounts } from '../core/summary.ts';
import type { Run, RunRow, Window } from '../core/types.ts';
import type { PlanFacts } from './plan-facts.ts';
import { isoTime } from './time.ts';
import { windowsOf } from './windows.ts';

export { isoTime } from './time.ts';

/** A run and a way to walk over its rows, which may be many: they are read more than once, never kept. */
export interface Report extends Extras {
  readonly run: Run;
  readonly summary: Summary;
  /** The quota that was in force. */
  readonly windows: readonly Window[];
  /** Names of the list's other columns, in the order in which rows brought them. */
  readonly inputColumns: readonly string[];
  readonly rows: () => AsyncIterable<RunRow>;
  /** The newest instant that the record holds: until then it tells. Ms since the epoch. */
  readonly madeAt: number;
}

/** What a report can be given beyond run and rows. */
export interface Extras {
  /** Requests as the quota counted them, in the order in which they began; absent where they are not at hand. */
  readonly attempts?: () => AsyncIterable<QuotaAttempt>;
  /** The job's words. */
  readonly job?: { readonly title: string; readonly inverse?: string | undefined };
  /** Present when this is no run but what a run would do. */
  readonly plan?: PlanFacts;
}

export interface Summary {
  /** Rows of the list. */
  readonly rows: number;
  /** POSTs made. */
  readonly attempts: number;
  readonly outcomes: OutcomeCounts;
  /** How many of the created actions have each status, in the API's words. */
  readonly statuses: Readonly<Record<string, number>>;
  /** How many rows others had, or may yet have, the last word on. */
  readonly opposed: OppositionCounts;
}

/** A format: a file name and the text, in pieces. A new one is a file beside this one and a line in `index.ts`. */
export interface ReportFormat {
  /** As `--formats` names it; several files may belong to one name. */
  readonly name: ReportFormatName | 'sums';
  readonly file: string;
  /** Only for runs, or only for previews; absent: for both. */
  readonly only?: 'run' | 'plan';
  /** Text is written as UTF-8; bytes as they are. */
  readonly text: (report: Report) => AsyncIterable<string | Uint8Array>;
}

/** Reads the rows once, for the counts that every format begins with. */
export async function reportOf(run: Run, rows: () => AsyncIterable<RunRow>, extras: Extras = {}): Promise<Report> {
  const [outcomes, statuses, inputColumns] = [new Map<string, number>(), new Map<string, number>(), new Set<string>()];
  const opposed: RunRow[] = [];
  let [count, attempts, madeAt] = [0, 0, run.finishedAt ?? run.createdAt];
  for await (const row of rows()) {
    add(outcomes, row.outcome);
    if (row.outcome === 'created') add(statuses, row.actionStatus ?? 'not known');
    if (row.opposed) opposed.push(row);
    for (const name in row.input) inputColumns.add(name);
    madeAt = Math.max(madeAt, row.settledAt ?? 0, row.actionEndedAt ?? 0);
    count += 1;
    attempts += row.attempts;
  }
  const summary = {
    rows: count,
    attempts,
    outcomes: ordered(Object.fromEntries(outcomes)),
    statuses: Object.fromEntries(statuses),
    opposed: countOpposed(opposed),
  };
  return { run, rows, summary, windows: windowsOf(run), inputColumns: [...inputColumns], madeAt, ...extras };
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** A run as reports show it. */
export function reportRun(run: Run): object {
  const { settings: _, observed: __, ...shown } = run;
  return { ...shown, createdAt: isoTime(run.createdAt), finishedAt: isoTime(run.finishedAt) };
}
