/** When an action ended, by the API's record, and what of it is certain. Pure. */
import { ACTION_LIFE_MS } from './following.ts';
import { exactInstant } from './instant.ts';
import type { MachineAction } from './types.ts';

/** When it was asked for, ms since the epoch; undefined where the record tells no time. */
export function createdOf({ creationDateTimeUtc }: MachineAction): number | undefined {
  return exactInstant(creationDateTimeUtc);
}

/**
 * Of an action that ended: when it last changed, unless that is no time, or one before it was asked for, which is none either
 * ("0001-01-01T00:00:00Z").
 */
export function endOf(action: MachineAction): number | undefined {
  const at = exactInstant(action.lastUpdateDateTimeUtc);
  return at === undefined || at < (createdOf(action) ?? -Infinity) ? undefined : at;
}

/** It surely did not end before. */
export function earliestEnd(action: MachineAction): number {
  return endOf(action) ?? createdOf(action) ?? -Infinity;
}

/** It surely ended by then: the service gives every action up some three days after it was asked for. */
export function latestEnd(action: MachineAction): number {
  return endOf(action) ?? (createdOf(action) ?? Infinity) + ACTION_LIFE_MS;
}
