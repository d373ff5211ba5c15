import type { State } from '../core/ports.ts';
import { longestWindow } from '../core/rate.ts';
import type { Job, Run } from '../core/types.ts';
import { reportOf, type Report } from './report.ts';
import { windowsOf } from './windows.ts';

/** A run's report from the state, with all that a page shows. The job's words are left out where nobody knows the job any more. */
export function reportFromState(run: Run, state: Pick<State, 'rows' | 'attempts'>, job?: Pick<Job, 'title' | 'inverse'>): Promise<Report> {
  const attempts = (): ReturnType<State['attempts']> => state.attempts(run.id, longestWindow(windowsOf(run)));
  return reportOf(run, () => state.rows(run.id), { attempts, ...(job && { job }) });
}
