import type { Job } from '../src/core/types.ts';
import { collect } from './collect.ts';
import { isolate } from './isolate.ts';
import { offboard } from './offboard.ts';
import { quarantine } from './quarantine.ts';
import { restrict } from './restrict.ts';
import { scan } from './scan.ts';
import { unisolate } from './unisolate.ts';
import { unrestrict } from './unrestrict.ts';

/** Every job. A new one is a file beside this one and a line in this list. */
export const jobs: readonly Job[] = [restrict, unrestrict, isolate, unisolate, scan, collect, quarantine, offboard];

/** The job of that name, or undefined. */
export function findJob(name: string): Job | undefined {
  return jobs.find((job) => job.name === name);
}
