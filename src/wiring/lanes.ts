/** Lanes of a session: what the attempts on one API share. */
import type { Gate } from '../core/ports.ts';
import type { Halt } from '../engine/attempts/halt.ts';
import { Lane } from '../engine/attempts/lane.ts';
import { QuotaGate } from '../engine/quota/gate.ts';
import { quotaKey } from './identity.ts';
import type { Session } from './session.ts';
import { clock } from './tools.ts';

export interface OpenLane {
  readonly lane: Lane;
  readonly gate: Gate;
}

/**
 * A lane whose gate knows what earlier and other processes used. `segment` is the API's path segment: quota is counted
 * per segment. `mayStop`: whether the run may be stopped because this API is out.
 */
export async function openLane(session: Session, segment: string, halt: Halt, mayStop?: () => boolean): Promise<OpenLane> {
  const { settings, state, identity, host, tokens, tools } = session;
  const windows = settings.rate;
  const key = quotaKey(identity, host, settings.sharedQuota ? 'shared' : segment);
  const { countsFrom, pausedUntil } = await state.quotaUse(key, windows, clock.now);
  const gate = new QuotaGate({ windows, concurrency: settings.concurrency, clock, inUse: countsFrom });
  if (pausedUntil !== null) gate.block(pausedUntil - clock.now());
  const lane = new Lane({
    gate,
    quotaKey: key,
    windows,
    state,
    clock,
    halt,
    log: tools.log,
    what: segment,
    tokens,
    attemptTimeoutMs: settings.attemptTimeout,
    outageMs: settings.outage,
    mayStop,
  });
  return { lane, gate };
}

/** A lane of actions and one of reads: the same one where all draw on one quota. */
export async function openLanes(
  session: Session,
  segment: string,
  halt: Halt,
  mayStop?: () => boolean,
): Promise<{ actions: OpenLane; reads: OpenLane }> {
  const actions = await openLane(session, segment, halt);
  const reads = session.settings.sharedQuota ? actions : await openLane(session, 'machineactions', halt, mayStop);
  return { actions, reads };
}
