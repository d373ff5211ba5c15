/** Lanes of a session: what the attempts on one API share. */
import type { Gate, State, Tokens } from '../core/ports.ts';
import type { Answer, Window } from '../core/types.ts';
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

/** The API that a lane is for. */
export interface LaneOf {
  /** Its path segment: quota is counted per segment. */
  readonly segment: string;
  /** Whether actions are asked for here: only those are spread by `--pace even`, reads go out as soon as they may. Default: no. */
  readonly isForActions?: boolean;
  /** Default: the quota of the settings. */
  readonly windows?: readonly Window[];
  /** Of a service beside the API; default: the session's own. */
  readonly tokens?: Tokens;
  readonly host?: string;
  /** Whether the run may be stopped because this API is out. Default: always. */
  readonly mayStop?: () => boolean;
  /** Whether nothing is to be asked of it at the moment. Default: never. */
  readonly isIdle?: () => boolean;
  /** Told of every 429. */
  readonly onThrottled?: (answer: Answer) => void;
}

/** A lane whose gate knows what earlier and other processes used. */
export async function openLane(session: Session, of: LaneOf, halt: Halt): Promise<OpenLane> {
  const { settings, state, identity, tools } = session;
  const { segment, windows = settings.rate, tokens = session.tokens, host = session.host, mayStop, isIdle, onThrottled } = of;
  const key = quotaKey(identity, host, settings.sharedQuota && windows === settings.rate ? 'shared' : segment);
  const { countsFrom, pausedUntil } = await state.quotaUse(key, windows, clock.now);
  const isEven = of.isForActions === true && settings.pace === 'even';
  const begunBefore = isEven ? await begunLately(state, key, windows) : countsFrom.length;
  const gate = new QuotaGate({ windows, concurrency: settings.concurrency, clock, inUse: countsFrom, begunBefore, isEven });
  if (pausedUntil !== null) gate.block(pausedUntil - clock.now());
  const lane = new Lane({
    gate,
    quotaKey: key,
    windows,
    priority: settings.priority,
    state,
    clock,
    halt,
    log: tools.log,
    tell: tools.listener,
    what: segment,
    tokens,
    attemptTimeoutMs: settings.attemptTimeout,
    outageMs: settings.outage,
    server: session.server,
    mayStop,
    isIdle,
    onThrottled,
  });
  return { lane, gate };
}

/**
 * How many units began within two of the longest windows: where that one was used up, those in use are fewer than its limit as soon as
 * the first has come back.
 */
export async function begunLately(state: Pick<State, 'quotaUse'>, key: string, windows: readonly Window[]): Promise<number> {
  const twice = windows.map(({ limit, ms }) => ({ limit, ms: 2 * ms }));
  return (await state.quotaUse(key, twice, clock.now)).countsFrom.length;
}
