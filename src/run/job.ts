import { findJob, jobs } from '../../jobs/index.ts';
import type { Job } from '../core/types.ts';
import { UsageError } from '../core/errors.ts';

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
