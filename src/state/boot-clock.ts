/**
 * Telling a step of the wall clock from time that has gone by: the instant at which the machine started, by the wall
 * clock, moves only when somebody sets that clock. It is the same for all processes, and a sleep does not change it.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { uptime } from 'node:os';

/** One look at the clocks. */
export interface ClockSight {
  /** The start of the machine; sights of different ones cannot be compared. */
  readonly boot: string;
  /** When it started, by the wall clock: ms since the epoch. */
  readonly startedAt: number;
}

export interface BootClock {
  /** `wall`: the wall clock at this moment, ms since the epoch. */
  read(wall: number): ClockSight;
}

/** `/proc/uptime` counts in hundredths of a second; who sets a clock by less does no harm that the margins do not cover. */
const TOLERANCE_MS = 1000;

/** The clock of this machine; where the start of the machine has no name, of this process. */
export function bootClock(): BootClock {
  const boot = bootName();
  if (boot !== undefined) return { read: (wall) => ({ boot, startedAt: wall - 1000 * uptime() }) };
  const process = randomUUID();
  return { read: (wall) => ({ boot: process, startedAt: wall - performance.now() }) };
}

/** A container may be shown an uptime of its own, so the namespace belongs to the name. */
function bootName(): string | undefined {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

/** By how much the wall clock was set since `before` (a sight as JSON), ms: 0 for another boot; undefined when nothing is new. */
export function changeOfClock(before: unknown, now: ClockSight): number | undefined {
  const last = sightOf(before);
  if (last?.boot !== now.boot) return 0;
  const change = Math.round(now.startedAt - last.startedAt);
  return Math.abs(change) > TOLERANCE_MS ? change : undefined;
}

function sightOf(text: unknown): ClockSight | undefined {
  try {
    const value: unknown = JSON.parse(String(text));
    if (typeof value !== 'object' || value === null || !('boot' in value) || !('startedAt' in value)) return undefined;
    return { boot: String(value.boot), startedAt: Number(value.startedAt) };
  } catch {
    return undefined;
  }
}
