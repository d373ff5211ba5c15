/** How a run of one process ended. */
import { EXIT, type ExitCode } from '../core/exit.ts';
import type { Run } from '../core/types.ts';
import type { Summary } from '../reports/report.ts';

export interface Ending {
  readonly exitCode: ExitCode;
  /** Why it stopped early, in words; null when it did not. */
  readonly note: string | null;
  /** As it ended. */
  readonly run: Run;
  /** Undefined where the state could not be read any more, and where others carry the run out. */
  readonly summary: Summary | undefined;
  /** Report files. */
  readonly files: readonly string[];
  /** Why the reports could not be written; the state has everything. */
  readonly unwritten: string | undefined;
  /** With `--ensure --release`: what was given back. */
  readonly release?: Release;
}

export interface Release {
  /** Machines that were to be given back, that `--for` still holds, and whose action has not ended yet. */
  readonly due: number;
  readonly held: number;
  readonly pending: number;
  /** Of the inverse job's run; undefined where there was none to be made. */
  readonly ending: Ending | undefined;
  /** Why nothing was given back although something was due. */
  readonly refused?: string;
}

/** How a run "ends" here that others carry out. */
export function notYet(run: Run): Ending {
  return { exitCode: EXIT.ok, note: null, run, summary: undefined, files: [], unwritten: undefined };
}
