/** How far a run is, as numbers. */
import { schedule, type EtaInput } from '../core/eta.ts';
import type { RunProgress } from '../core/events.ts';
import type { Standings } from '../core/following.ts';
import type { Gate } from '../core/ports.ts';
import type { Window } from '../core/types.ts';
import type { RunCounts } from './counts.ts';

export interface Progressing {
  /** Calls of the run. */
  readonly counts: RunCounts;
  readonly tally: { readonly left: number; readonly parked: number; readonly unsent: number };
  readonly actions: {
    readonly gate: Pick<Gate, 'status' | 'inUse'>;
    readonly lane: { readonly outage: { readonly active: boolean } };
  };
  readonly calls: number;
  readonly windows: readonly Window[];
  /** As they were last looked at, where somebody follows. */
  readonly standings?: (() => Standings) | undefined;
}

/** Asked several times a second: a longer list is scheduled as far as this. */
const MOST_TO_SCHEDULE = 20_000;

export function progressOf(
  { counts, tally, actions: { gate, lane }, calls, windows: quota, standings }: Progressing,
  now: number,
): RunProgress {
  const { windows, waitMs, underWay, even, begun } = gate.status();
  const isOut = lane.outage.active;
  const unsent = Math.max(0, tally.unsent - underWay);
  return {
    calls,
    done: calls - tally.left,
    outcomes: counts.outcomes,
    ...(standings && { standings: standings() }),
    underWay,
    parked: tally.parked,
    windows,
    waitMs,
    lastSentAt: isOut ? null : lastOf({ calls: unsent, windows: quota, inUse: gate.inUse(), now, pausedUntil: now + waitMs, even, begun }),
    isOut,
    recent: counts.recent(now),
    now,
  };
}

/** If nothing goes wrong and nobody else uses the quota; retries are not known beforehand. */
function lastOf(input: EtaInput): number {
  return schedule({ ...input, calls: Math.min(input.calls, MOST_TO_SCHEDULE) }).at(-1) ?? input.now;
}
