import type { Job } from '../src/core/types.ts';
import { restrict } from './restrict.ts';
import { unrestrict } from './unrestrict.ts';

/** Every job. A new one is a file beside this one and a line in this list. */
export const jobs: readonly Job[] = [restrict, unrestrict];

/** The job of that name, or undefined. */
export function findJob(name: string): Job | undefined {
  return jobs.find((job) => job.name === name);
}
