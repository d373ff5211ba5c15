/**
 * A lane is what the attempts on one API share: a gate, a quota key, a pause, an outage. Every request of a run, POST or
 * GET, is made here and nowhere else, in this order: unit, token, intent in the state, request, answer in the state.
 */
import { formatDuration } from '../../core/durations.ts';
import { EXIT } from '../../core/exit.ts';
import type { Free, Recorded } from '../../core/judge.ts';
import type {
  AttemptEnd,
  AttemptVerdict,
  Bearer,
  Clock,
  Gate,
  Intent,
  Listener,
  Log,
  Priority,
  State,
  Tokens,
  Unit,
} from '../../core/ports.ts';
import { longestWindow } from '../../core/rate.ts';
import type { Answer, Window } from '../../core/types.ts';
import { AuthUnavailableError, messageOf, StoppedError } from '../../core/errors.ts';
import type { Halt } from './halt.ts';
import { Outage } from './outage.ts';
import { Refusals } from './refusals.ts';
import type { ServerClock } from './server-clock.ts';

export interface LaneDeps {
  readonly gate: Gate;
  readonly quotaKey: string;
  readonly windows: readonly Window[];
  /** Of the run, on its quota. Default `normal`. */
  readonly priority?: Priority | undefined;
  readonly state: State;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of pauses and outages. */
  readonly tell?: Listener | undefined;
  readonly halt: Halt;
  readonly attemptTimeoutMs: number;
  readonly outageMs: number;
  /** The API's segment, for messages. */
  readonly what: string;
  readonly server: ServerClock;
  /** Told of every 429. */
  readonly onThrottled?: ((answer: Answer) => void) | undefined;
  /** Whether the run may be stopped because this API is out or throttled. Default: always. */
  readonly mayStop?: (() => boolean) | undefined;
  /** Whether nothing is to be asked of this API at the moment. Default: never. */
  readonly isIdle?: (() => boolean) | undefined;
}

/** When an attempt was made: not earlier than it began, and when it was over. */
export interface Times {
  readonly wall: { readonly begun: number; readonly ended: number };
  readonly mono: { readonly begun: number; readonly ended: number };
  /** By the server's clock: the earliest it may have begun and the latest it may have ended; null when that is not known. */
  readonly server: { readonly begun: number; readonly ended: number } | null;
}

/** What an attempt is for, and how its answer is read. */
export interface Request<T extends Recorded> {
  readonly runId: string | null;
  readonly row: number | null;
  /** Before those that wait already: for attempts that have waited once. */
  readonly first?: boolean;
  /** How long the answer may take, ms; default the lane's. */
  readonly timeoutMs?: number;
  send(bearer: Bearer, signal: AbortSignal): Promise<Answer>;
  judge(answer: Answer, times: Times): T | Free;
  /** What it comes to when the API accepts no token; absent: then the run stops. */
  refused?(message: string): T;
}

const AGAIN = Symbol('again');
/** Pauses that end so close to each other are one. */
const SAME_PAUSE_MS = 5000;
/** By a mark in the state, which `cordon stop` sets. */
export const STOPPED = 'stopped by cordon stop';

export class Lane {
  readonly outage: Outage;
  readonly #deps: LaneDeps;
  /** Those who may read may perhaps not act, so each kind has refusals of its own. */
  readonly #refusals = { reads: new Refusals(), calls: new Refusals() };
  #throttledSince: number | undefined;
  /** Until when everybody has been told to wait, monotonic. */
  #toldUntil = -Infinity;

  constructor(deps: LaneDeps) {
    this.#deps = deps;
    this.outage = new Outage({ ...deps, limitMs: deps.outageMs });
    deps.halt.signal.addEventListener('abort', () => this.close(), { once: true });
  }

  /**
   * Makes attempts until one has an answer that says something: a full quota, a 429, a replaced token and a connection
   * that never stood only mean "again", and use up no retries.
   * @throws StoppedError when the run stops before the attempt began
   * @throws AuthError, StateError
   */
  async attempt<T extends Recorded>(request: Request<T>): Promise<Made<T>> {
    let first = request.first ?? false;
    for (;;) {
      const result = await this.#deps.gate.run((unit) => this.#once(request, unit), { first });
      if (result !== AGAIN) return result;
      first = true;
    }
  }

  /** The monotonic clock, ms. */
  mono(): number {
    return this.#deps.clock.mono();
  }

  /** Aborted when nothing more may be sent. */
  get signal(): AbortSignal {
    return this.#deps.halt.signal;
  }

  close(): void {
    this.#deps.gate.close();
    this.outage.close();
  }

  async #once<T extends Recorded>(request: Request<T>, unit: Unit): Promise<Made<T> | typeof AGAIN> {
    const { state, clock, gate, halt } = this.#deps;
    const bearer = await this.#bearer(unit);
    if (!bearer) return AGAIN;
    this.#refusalsOf(request).using(bearer);
    const asked = { wall: clock.now(), mono: clock.mono() };
    const begun = await this.#unused(unit, () => state.beginAttempt(this.#intent(request)));
    if (!begun.begun) {
      unit.giveBack();
      if (begun.because === 'stop') {
        halt.stop(EXIT.outage, STOPPED);
        throw new StoppedError(STOPPED);
      }
      gate.block(begun.waitMs);
      return AGAIN;
    }
    const answer = await request.send(bearer, halt.answersSignal);
    const times = this.#timesOf(answer, asked);
    const judged = request.judge(answer, times);
    const kept = request.row === null ? null : answer;
    await state.endAttempt(begun.attempt, { ...endOf(judged), at: times.wall.ended, server: times.server, answer: kept });
    if (isFree(judged)) return this.#goRound(judged, { request, bearer, unit, answer, times });
    if (judged.trouble === undefined) this.#refusalsOf(request).accepted();
    this.#notice(judged);
    return { value: judged, times };
  }

  #intent({ runId, row, timeoutMs }: Request<Recorded>): Intent {
    const { clock, server, quotaKey, windows, priority, attemptTimeoutMs } = this.#deps;
    return {
      runId,
      row,
      quotaKey,
      windows,
      priority,
      now: () => clock.now(),
      server: () => server.now(),
      timeoutMs: timeoutMs ?? attemptTimeoutMs,
    };
  }

  /** What the answer's own `Date` says is heard first: it tells best when the attempt itself was made. */
  #timesOf(answer: Answer, asked: { readonly wall: number; readonly mono: number }): Times {
    const { clock, server } = this.#deps;
    const [wall, mono] = [clock.now(), clock.mono()];
    if (answer.kind === 'response') server.hear(answer.date, asked.mono, mono);
    const [begun, ended] = [server.at(asked.mono), server.at(mono)];
    return {
      wall: { begun: asked.wall, ended: wall },
      mono: { begun: asked.mono, ended: mono },
      server: begun && ended && { begun: begun.earliest, ended: ended.latest },
    };
  }

  #refusalsOf({ row }: Request<Recorded>): Refusals {
    return row === null ? this.#refusals.reads : this.#refusals.calls;
  }

  /** Whether the API is well. */
  #notice({ trouble }: Recorded): void {
    this.#throttledSince = undefined;
    if (trouble === undefined) this.outage.good();
    else this.outage.bad(trouble);
  }

  /** The current token, or undefined when the token endpoint is out. A run that stops asks for none. */
  #bearer(unit: Unit): Promise<Bearer | undefined> {
    return this.#unused(unit, async () => {
      if (this.#deps.halt.stopped) throw new StoppedError('stopped before it was sent');
      const bearer = await this.#unlessOut(() => this.#deps.tokens.current());
      if (!bearer) unit.giveBack();
      return bearer;
    });
  }

  /** A token endpoint that is out is an outage like another. @throws AuthError when it refuses for good */
  async #unlessOut<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof AuthUnavailableError)) throw error;
      this.outage.bad(messageOf(error));
      return undefined;
    }
  }

  /** Whatever goes wrong before the intent is recorded, nothing was sent. */
  async #unused<T>(unit: Unit, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      unit.giveBack();
      throw error;
    }
  }

  /** What cost the caller nothing means "again"; only where no token is accepted, a read comes to an end. */
  async #goRound<T extends Recorded>(judged: Free, { request, bearer, unit, answer, times }: Round<T>): Promise<Made<T> | typeof AGAIN> {
    switch (judged.kind) {
      case 'not-sent':
        unit.giveBack();
        this.outage.bad(judged.why);
        return AGAIN;
      case 'throttled':
        this.#deps.onThrottled?.(answer);
        await this.#throttled(judged.waitMs, judged.message, times.wall.ended);
        return AGAIN;
      case 'unauthorized': {
        if (await this.#isHopeless(this.#refusalsOf(request), bearer, judged.message))
          if (request.refused) return { value: request.refused(judged.message), times };
          else this.#deps.halt.stop(EXIT.credentials, `the API does not accept the token: ${judged.message}`);
        return AGAIN;
      }
      default:
        return judged satisfies never;
    }
  }

  /** Somebody else uses the quota: everybody waits, and from now on nobody bursts. */
  async #throttled(askedMs: number, message: string, at: number): Promise<void> {
    const { gate, state, quotaKey, windows, clock, halt, mayStop = () => true } = this.#deps;
    const longest = longestWindow(windows);
    const waitMs = Math.min(Math.max(askedMs, 1), longest);
    this.outage.good();
    gate.block(waitMs);
    gate.spread();
    await state.pause(quotaKey, at + waitMs);
    this.#tellPause(waitMs, message);
    this.#throttledSince ??= clock.mono();
    const tooLong = clock.mono() - this.#throttledSince > longest;
    if (tooLong && mayStop()) halt.stop(EXIT.outage, `throttled by others for longer than ${formatDuration(longest)}`);
  }

  /** Those that were on their way together are throttled together: that is one pause, and told once. */
  #tellPause(waitMs: number, message: string): void {
    const { clock, tell, what } = this.#deps;
    const until = clock.mono() + waitMs;
    if (until > this.#toldUntil + SAME_PAUSE_MS) tell?.({ kind: 'paused', api: what, waitMs, message });
    this.#toldUntil = Math.max(this.#toldUntil, until);
  }

  /** A 401: true when neither a newer token nor another try can help. */
  async #isHopeless(refusals: Refusals, bearer: Bearer, message: string): Promise<boolean> {
    const { tokens, log } = this.#deps;
    if (refusals.isFinal(bearer)) return true;
    const isRenewed = await this.#unlessOut(() => tokens.renew(bearer));
    if (isRenewed !== false) log.debug({ message }, '401: trying again with a newer token');
    return isRenewed === false;
  }
}

/** What came of a request, and when it was made. */
export interface Made<T> {
  readonly value: T;
  readonly times: Times;
}

interface Round<T extends Recorded> {
  readonly request: Request<T>;
  readonly bearer: Bearer;
  readonly unit: Unit;
  readonly answer: Answer;
  readonly times: Times;
}

const FREE: Readonly<Record<Free['kind'], AttemptVerdict>> = {
  throttled: 'again',
  unauthorized: 'turned-away',
  'not-sent': 'not-sent',
};

function isFree(judged: Recorded | Free): judged is Free {
  return judged.kind in FREE;
}

function endOf(judged: Recorded | Free): Pick<AttemptEnd, 'verdict' | 'settlement'> {
  if (isFree(judged)) return { verdict: FREE[judged.kind] };
  return { verdict: judged.record, ...(judged.settlement && { settlement: judged.settlement }) };
}
