/** The order in which calls go out, where it is not the list's: live machines first, before the hour's quota is used up. Pure. */
import type { MachineFacts, PlannedRow } from './types.ts';

export const ORDERS = ['list', 'active-first'] as const;
export type CallOrder = (typeof ORDERS)[number];

const HOUR_MS = 3_600_000;

/**
 * From those that take an action at once to those that take it when they are back. Without telemetry commands may arrive;
 * ImpairedCommunication and Inactive have no command channel. @see mde-actions.md §10
 */
const HEALTH: Readonly<Record<string, number>> = {
  Active: 0,
  NoSensorData: 1,
  ImpairedCommunication: 3,
  NoSensorDataImpairedCommunication: 3,
  Inactive: 4,
};
/** A word nobody knows may mean a live machine. */
const OTHER_HEALTH = 2;

/**
 * Each call's place, from 1, by its row: machines seen in the hour before `now` come first, then by health, then who was
 * seen last; the list's order decides what is left. A machine of which nothing is known comes after all that say something.
 */
export function activeFirst(
  calls: Iterable<Pick<PlannedRow, 'row' | 'machineId'>>,
  machines: ReadonlyMap<string, MachineFacts>,
  now: number,
): Map<number, number> {
  const keyed = Array.from(calls, ({ row, machineId }) => ({ row, ...livenessOf(machines.get(machineId), now) }));
  keyed.sort((a, b) => a.isOld - b.isOld || a.health - b.health || b.seenAt - a.seenAt || a.row - b.row);
  return new Map(keyed.map(({ row }, i) => [row, i + 1]));
}

/** Calls with their places, from 1: those they have already, or else in the order of the rows; other rows as they are. */
export function* numbered(rows: Iterable<PlannedRow>): Generator<PlannedRow> {
  let position = 0;
  for (const row of rows) {
    if (row.skip === undefined) position += 1;
    yield row.skip === undefined ? { position, ...row } : row;
  }
}

interface Liveness {
  /** 0: seen in the last hour. */
  readonly isOld: number;
  readonly health: number;
  readonly seenAt: number;
}

function livenessOf(facts: MachineFacts | undefined, now: number): Liveness {
  if (!facts) return { isOld: 1, health: Infinity, seenAt: 0 };
  const seen = Date.parse(facts.lastSeen ?? '');
  const seenAt = Number.isNaN(seen) ? 0 : seen;
  return { isOld: now - seenAt <= HOUR_MS ? 0 : 1, health: HEALTH[facts.healthStatus ?? ''] ?? OTHER_HEALTH, seenAt };
}
