/** Putting a confirmed run into the state and onto the queue, both or neither. */
import type { Db, PgBoss } from 'pg-boss';
import type { PlannedRow, Run } from '../core/types.ts';
import { jobIdOf, RUNS } from './queue.ts';

/** Runs a statement of the queue's inside the transaction that keeps the run. */
export type Execute = Db['executeSql'];

/** A state that can do something more in the step that keeps a run. */
export interface SharedState {
  createRun(run: Run, rows: Iterable<PlannedRow>, also: (execute: Execute) => Promise<void>): Promise<void>;
}

export interface When {
  /** Not before this instant, ms since the epoch. Default: as soon as a worker is free. */
  readonly at?: number;
  /** Higher ones are taken first. Default: 0. */
  readonly priority?: number;
}

/**
 * The run is in the state and on the queue, or neither.
 * @throws StateUnavailableError when the server went away; whether the run was kept, `cordon runs` tells then
 */
export async function submitRun(state: SharedState, queue: PgBoss, run: Run, rows: Iterable<PlannedRow>, when: When = {}): Promise<void> {
  await state.createRun(run, rows, async (executeSql) => {
    await queue.send(RUNS, { runId: run.id }, { ...optionsOf(run, when), db: { executeSql } });
  });
}

/**
 * Puts a run that is in the state already onto the queue (again).
 * @returns false when it is there already, waiting or being worked on
 */
export async function resubmit(queue: PgBoss, run: Pick<Run, 'id' | 'tenant' | 'job'>, when: When = {}): Promise<boolean> {
  const id = jobIdOf(run.id);
  const known = await queue.getJobById(RUNS, id);
  if (known && ['created', 'retry', 'active'].includes(known.state)) return false;
  if (known) await queue.deleteJob(RUNS, id);
  return (await queue.send(RUNS, { runId: run.id }, optionsOf(run, when))) !== null;
}

/** What waits or is being worked on: which runs, and since when. */
export async function queued(queue: PgBoss): Promise<{ runId: string; state: string; startAfter: Date; priority: number }[]> {
  const jobs = await queue.findJobs<{ runId: string }>(RUNS, { limit: 10_000 });
  return jobs
    .filter(({ state }) => ['created', 'retry', 'active'].includes(state))
    .map(({ data, state, startAfter, priority }) => ({ runId: data.runId, state, startAfter, priority }));
}

function optionsOf({ id, tenant, job }: Pick<Run, 'id' | 'tenant' | 'job'>, { at, priority }: When) {
  return {
    id: jobIdOf(id),
    singletonKey: `${tenant}/${job}`,
    ...(priority !== undefined && { priority }),
    ...(at !== undefined && { startAfter: new Date(at) }),
  };
}
