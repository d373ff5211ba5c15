/** A process that takes runs from the queue: many tenants at once, one run at a time for each tenant and job. */
import type { Job, JobWithMetadata, PgBoss } from 'pg-boss';
import { EXIT } from '../core/exit.ts';
import { LockLostError, messageOf, RunBusyError, StateUnavailableError } from '../core/errors.ts';
import { RUNS, SCHEDULED } from './queue.ts';
import { resubmit } from './submit.ts';

/** How a run ended in this worker. */
export interface Carried {
  readonly exitCode: number;
  /** There is something left to do: stopped, or out for too long. */
  readonly resumable: boolean;
}

export interface WorkerDeps {
  readonly queue: PgBoss;
  /** Runs at the same time, all tenants together. */
  readonly concurrency: number;
  /**
   * Works on the run until it is done or stopped, as a resume does: takes its lock, and lets it go. An aborted `signal`
   * says to stop sending and come to an end soon.
   * @throws RunBusyError, LockLostError, StateUnavailableError to be asked again; anything else is the run's end
   */
  readonly carryOut: (runId: string, signal: AbortSignal) => Promise<Carried>;
  /**
   * Makes runs of what a schedule holds, and keeps them in the state; asked with the same `occasion` again, it makes no second
   * ones. None: nothing is to be called this time.
   */
  readonly makeRuns?: (request: ScheduledRequest, occasion: Occasion, signal: AbortSignal) => Promise<readonly MadeRun[]>;
  readonly listener?: WorkerListener;
}

/** One time of a schedule. */
export interface Occasion {
  /** No other one has it, however often this one is worked on. */
  readonly id: string;
  /** When it was due, ms since the epoch by the server's clock. */
  readonly at: number;
}

export interface MadeRun {
  readonly id: string;
  readonly tenant: string;
  readonly job: string;
}

/** What a schedule keeps: the words of the command, without secrets. */
export interface ScheduledRequest {
  readonly [name: string]: unknown;
}

export interface WorkerListener {
  taken?(runId: string): void;
  /** The run has ended, whatever its exit code. `error`: it could not even be begun. */
  ended?(runId: string, end: Carried | { readonly error: unknown }): void;
  /** Another worker, or this one, will go on with it. */
  handedBack?(runId: string, why: string): void;
}

export interface Worker {
  /** Takes nothing more, stops what is at work, and hands it back. Resolves when all has come to its end, or after `timeoutMs`. */
  stop(timeoutMs?: number): Promise<void>;
}

const STOP_MS = 60_000;
const POLL_S = 2;

/** Begins to take runs. */
export async function startWorker(deps: WorkerDeps): Promise<Worker> {
  const { queue, concurrency } = deps;
  const stopping = new AbortController();
  const options = { pollingIntervalSeconds: POLL_S, heartbeatRefreshSeconds: 3 };
  await queue.work<{ runId: string }>(RUNS, { ...options, localConcurrency: concurrency }, async (jobs) => {
    for (const job of jobs) await carry(deps, job, AbortSignal.any([job.signal, stopping.signal]));
  });
  if (deps.makeRuns)
    await queue.work(SCHEDULED, { ...options, includeMetadata: true }, (jobs: readonly JobWithMetadata<ScheduledRequest>[]) =>
      makeAll(deps, jobs, stopping.signal),
    );
  return {
    stop: async (timeoutMs = STOP_MS) => {
      const stopped = queue.stop({ graceful: true, timeout: timeoutMs });
      stopping.abort();
      await stopped;
    },
  };
}

/** Ends well when the run has ended, whatever came of it; fails when somebody has to go on with it. */
async function carry({ carryOut, listener }: WorkerDeps, { data }: Job<{ runId: string }>, signal: AbortSignal): Promise<void> {
  const { runId } = data;
  listener?.taken?.(runId);
  const end = await carryOut(runId, signal).catch((error: unknown) => ({ error }));
  const why = whyAgain(end, signal);
  if (why === undefined) return listener?.ended?.(runId, end);
  listener?.handedBack?.(runId, why);
  throw new HandedBack(why);
}

/** The job goes back to the queue. */
class HandedBack extends Error {
  override name = 'HandedBack';
}

function whyAgain(end: Carried | { readonly error: unknown }, signal: AbortSignal): string | undefined {
  if ('error' in end) {
    const { error } = end;
    const passing = error instanceof RunBusyError || error instanceof LockLostError || error instanceof StateUnavailableError;
    return passing || signal.aborted ? messageOf(error) : undefined;
  }
  if (!end.resumable) return undefined;
  if (signal.aborted) return 'the worker stops';
  if (end.exitCode === EXIT.busy) return 'another process has taken it over';
  return end.exitCode === EXIT.outage ? 'an outage: it is tried again' : undefined;
}

async function makeAll(
  { queue, makeRuns }: WorkerDeps,
  jobs: readonly JobWithMetadata<ScheduledRequest>[],
  stopping: AbortSignal,
): Promise<void> {
  for (const { id, data, signal, createdOn } of jobs) {
    const made = await makeRuns?.(data, { id, at: createdOn.getTime() }, AbortSignal.any([signal, stopping]));
    for (const run of made ?? []) await resubmit(queue, run);
  }
}
