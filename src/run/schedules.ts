/** The schedules of a shared state. */
import { UsageError } from '../core/errors.ts';
import { dropSchedule, schedules, type Schedule } from '../fleet/schedules.ts';
import type { Settings } from '../settings/settings.ts';
import type { Tools } from '../wiring/tools.ts';
import { openFleet } from './fleet.ts';

/** By name. @throws UsageError without a shared state; StateUnavailableError */
export async function listSchedules(settings: Settings, tools: Tools): Promise<readonly Schedule[]> {
  const fleet = await openFleet(settings, 'submitter', tools);
  try {
    return await schedules(fleet.queue);
  } finally {
    await fleet.close();
  }
}

/** Runs that it made already are left as they are. @throws UsageError when there is none of that name */
export async function removeSchedule(name: string, settings: Settings, tools: Tools): Promise<void> {
  const fleet = await openFleet(settings, 'submitter', tools);
  try {
    if (await dropSchedule(fleet.queue, name)) return;
    throw new UsageError(`there is no schedule "${name}"`, { hint: 'cordon schedules lists them.' });
  } finally {
    await fleet.close();
  }
}
