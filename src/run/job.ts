/** The job that is meant, with the flags that are its own. */
import { findJob, jobs } from '../../jobs/index.ts';
import { UsageError } from '../core/errors.ts';
import { readParameters } from '../core/parameters.ts';
import type { Job, Parameters } from '../core/types.ts';
import type { Settings } from '../settings/settings.ts';

/** @throws UsageError naming the jobs there are */
export function jobNamed(name: string | undefined): Job {
  const known = jobs.map((job) => job.name).join(', ');
  if (name === undefined) throw new UsageError('no job named', { hint: `Jobs: ${known}.` });
  const job = findJob(name);
  if (!job)
    throw new UsageError(`"${name}" is no job`, {
      hint: `Jobs: ${known}. The job comes before the list: cordon run restrict machines.csv`,
    });
  return job;
}

/** A job and what is to be said in its body. */
export interface Order {
  readonly job: Job;
  readonly parameters: Parameters;
}

/** @throws UsageError for a job that there is not, a flag of another job, or a word that the flag does not know */
export function orderOf(name: string | undefined, { sources, jobFlags }: Settings): Order {
  const job = jobNamed(name);
  const own = new Set((job.parameters ?? []).map((parameter) => parameter.name));
  const stray = Object.keys(sources.jobFlags ?? {}).find((flag) => sources.jobFlags?.[flag] !== undefined && !own.has(flag));
  if (stray !== undefined)
    throw new UsageError(`--${stray} is no flag of ${job.name}`, { hint: `cordon help ${job.name} says which it has.` });
  return { job, parameters: readParameters(job, jobFlags) };
}
