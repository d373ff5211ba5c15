/** Reports written anew while a run or a follow works, so that whoever looks at the files sees how far it is. */
import { findJob } from '../../jobs/index.ts';
import { messageOf } from '../core/errors.ts';
import type { Log, State } from '../core/ports.ts';
import { writeReports } from '../reports/index.ts';
import { reportFromState } from '../reports/from-state.ts';
import type { Report } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';
import { reportFolder } from './finish.ts';
import { runNamed } from './find-run.ts';

export const EVERY_MS = 60_000;
/** A report of a million rows takes its time: at most this share of the time is spent on writing. */
const SHARE = 0.05;

export interface Interim {
  readonly runId: string;
  readonly state: State;
  readonly settings: Pick<Settings, 'report' | 'formats'>;
  readonly log: Log;
}

/** Writes every minute until it is stopped; what is being written then is finished first. What cannot be written is a warning. */
export function rewriteReports({ runId, state, settings, log }: Interim): () => Promise<void> {
  const read = async (): Promise<Report> => {
    const run = await runNamed(state, runId);
    return reportFromState(run, state, findJob(run.job));
  };
  let writing: Promise<unknown> = Promise.resolve();
  let isStopped = false;
  const write = async (): Promise<void> => {
    const began = performance.now();
    await writeReports(read, reportFolder(settings.report, runId), { names: settings.formats }).catch((error: unknown) =>
      log.warn({ error: messageOf(error) }, 'the reports could not be written anew'),
    );
    if (!isStopped) timer = later(Math.max(EVERY_MS, (performance.now() - began) / SHARE));
  };
  const later = (ms: number): NodeJS.Timeout =>
    setTimeout(() => {
      writing = write();
    }, ms).unref();
  let timer = later(EVERY_MS);
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await writing;
  };
}
