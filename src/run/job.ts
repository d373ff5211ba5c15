/** The job that is meant, with the flags that are its own. */
import { findJob, jobs } from '../../jobs/index.ts';
import { UsageError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { readParameters } from '../core/parameters.ts';
import type { Job, Parameters } from '../core/types.ts';
import type { Settings } from '../settings/settings.ts';

/** @throws UsageError naming the jobs there are, and the one that may be meant: a near one, or one that stands among the lists */
export function jobNamed(name: string | undefined, lists: readonly string[] = []): Job {
  const known = jobs.map((job) => job.name).join(', ');
  if (name === undefined) throw new UsageError('no job named', { hint: `Jobs: ${known}.` });
  const job = findJob(name);
  if (job) return job;
  const later = lists.find((list) => findJob(list) !== undefined);
  const near = nearest(
    name,
    jobs.map((each) => each.name),
  );
  const meant = later === undefined ? near && `Did you mean ${near}? ` : `The job comes before the list: ${later} ${name}. `;
  throw new UsageError(`"${name}" is no job`, {
    hint: meant ? `${meant}Jobs: ${known}.` : `Jobs: ${known}. The job comes before the list: cordon run restrict machines.csv`,
  });
}

/** A job and what is to be said in its body. */
export interface Order {
  readonly job: Job;
  readonly parameters: Parameters;
}

/** @throws UsageError for a job that there is not, a flag of another job, or a word that the flag does not know */
export function orderOf(name: string | undefined, { sources, jobFlags }: Settings, lists: readonly string[] = []): Order {
  const job = jobNamed(name, lists);
  const own = new Set((job.parameters ?? []).map((parameter) => parameter.name));
  const stray = Object.keys(sources.jobFlags ?? {}).find((flag) => sources.jobFlags?.[flag] !== undefined && !own.has(flag));
  if (stray !== undefined)
    throw new UsageError(`--${stray} is no flag of ${job.name}`, { hint: `cordon help ${job.name} says which it has.` });
  return { job, parameters: readParameters(job, jobFlags) };
}
