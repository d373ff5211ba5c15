/** Where the API's record of actions and what machines report of themselves do not agree. Pure. */
import type { Held } from './in-force.ts';
import { knownInstant } from './instant.ts';

/** Reports come hourly and on change: what is younger may not have been reported yet. */
const REPORTED_AFTER_MS = 2 * 3_600_000;
const DAY_MS = 86_400_000;

/**
 * The same with what hunting says otherwise. `isolated`: ids of machines that report that they are isolated; a machine
 * that was not seen for a day reports nothing at all.
 */
export function comparedWith(held: Held, isolated: ReadonlySet<string>, jobIsolates: boolean, now: number): Held {
  const { state, since, machineId, lastSeen } = held;
  if (state !== 'in-force' && state !== 'not-in-force') return held;
  const shouldBe = (state === 'in-force') === jobIsolates;
  const reports = isolated.has(machineId);
  if (shouldBe === reports) return held;
  const at = knownInstant(since);
  const isOld = at === undefined || now - at > REPORTED_AFTER_MS;
  if (!isOld || (shouldBe && now - (knownInstant(lastSeen) ?? 0) > DAY_MS)) return held;
  return { ...held, disagrees: reports ? 'hunting says that it is isolated' : 'hunting does not say that it is isolated' };
}
