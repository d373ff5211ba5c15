/** Runs that begin by the clock: pg-boss's own cron, each schedule under a name. */
import type { PgBoss } from 'pg-boss';
import { messageOf, UsageError } from '../core/errors.ts';
import { SCHEDULED } from './queue.ts';
import type { ScheduledRequest } from './worker.ts';

export interface Schedule {
  /** Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** Five fields, as cron has them: `0 2 * * *`. */
  readonly every: string;
  /** An IANA name, such as Europe/Berlin. */
  readonly timezone: string;
  readonly request: ScheduledRequest;
}

/**
 * Keeps the schedule, instead of one with the same name. A time that passed while no worker lived is made up for once.
 * @throws UsageError when the times or the name cannot be read
 */
export async function keepSchedule(queue: PgBoss, { name, every, timezone, request }: Schedule): Promise<{ next: Date | undefined }> {
  if (!/^[\w.-]{1,60}$/.test(name)) throw new UsageError(`"${name}" is no name of a schedule: letters, digits, ".", "_" and "-"`);
  if (every.trim().split(/\s+/).length !== 5)
    throw new UsageError(`"${every}" is no schedule: five fields, such as "0 2 * * *" for two o’clock each night`);
  try {
    const [next] = queue.previewSchedule(every, { tz: timezone, count: 1 });
    await queue.schedule(SCHEDULED, every, request, { key: name, tz: timezone, missed: 'once' });
    return { next };
  } catch (error) {
    throw new UsageError(`the schedule "${every}" (${timezone}) cannot be kept: ${messageOf(error)}`, { cause: error });
  }
}

/** By name. */
export async function schedules(queue: PgBoss): Promise<Schedule[]> {
  const found = await queue.getSchedules(SCHEDULED);
  return found.map(({ key, cron, timezone, data }) => ({ name: key, every: cron, timezone, request: { ...data } })).toSorted(byName);
}

/** @returns false when there is none of that name */
export async function dropSchedule(queue: PgBoss, name: string): Promise<boolean> {
  if ((await queue.getSchedule(SCHEDULED, name)) === null) return false;
  await queue.unschedule(SCHEDULED, name);
  return true;
}

function byName(a: Schedule, b: Schedule): number {
  return a.name.localeCompare(b.name);
}
