/**
 * A lane is what the attempts on one API share: a gate, a quota key, a pause, an outage. Every request of a run, POST or
 * GET, is made here and nowhere else, in this order: unit, token, intent in the state, request, answer in the state.
 */
import { formatDuration } from '../../core/durations.ts';
import { EXIT } from '../../core/exit.ts';
import type { AttemptEnd, Bearer, Clock, Gate, Log, State, Tokens, Unit } from '../../core/ports.ts';
import { evenPace, longestWindow } from '../../core/rate.ts';
import type { Answer, Window } from '../../core/types.ts';
import { AuthUnavailableError, messageOf, StoppedError } from '../../core/errors.ts';
import type { Halt } from './halt.ts';
import { Outage } from './outage.ts';

export interface LaneDeps {
  readonly gate: Gate;
  readonly quotaKey: string;
  readonly windows: readonly Window[];
  readonly state: State;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly log: Log;
  readonly halt: Halt;
  readonly attemptTimeoutMs: number;
  readonly outageMs: number;
  /** The API's segment, for messages. */
  readonly what: string;
  /** Whether the run may be stopped because this API is out or throttled. Default: always. */
  readonly mayStop?: (() => boolean) | undefined;
}

/** What an attempt is for, and how its answer is read. */
export interface Request<T> {
  readonly runId: string | null;
  readonly row: number | null;
  /** Before those that wait already: for attempts that have waited once. */
  readonly first?: boolean;
  send(bearer: Bearer, signal: AbortSignal): Promise<Answer>;
  judge(answer: Answer, at: number): Judged<T>;
}

/** Answers that cost the caller nothing are dealt with by the lane; the others come back as a value. */
export type Judged<T> =
  | {
      readonly kind: 'value';
      readonly value: T;
      readonly end: Omit<AttemptEnd, 'at' | 'answer'>;
      /** Says whether the API is well. */ readonly usable: boolean;
      readonly why?: string;
    }
  | { readonly kind: 'throttled'; readonly waitMs: number; readonly message: string }
  | { readonly kind: 'unauthorized'; readonly message: string }
  | { readonly kind: 'not-sent'; readonly why: string };

const AGAIN = Symbol('again');

export class Lane {
  readonly outage: Outage;
  readonly #deps: LaneDeps;
  #throttledSince: number | undefined;

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
  async attempt<T>(request: Request<T>): Promise<T> {
    let first = request.first ?? false;
    for (;;) {
      const result = await this.#deps.gate.run((unit) => this.#once(request, unit), { first });
      if (result !== AGAIN) return result;
      first = true;
    }
  }

  close(): void {
    this.#deps.gate.close();
    this.outage.close();
  }

  async #once<T>(request: Request<T>, unit: Unit): Promise<T | typeof AGAIN> {
    const { state, clock, halt, quotaKey, windows, attemptTimeoutMs, gate } = this.#deps;
    const { runId, row } = request;
    const bearer = await this.#bearer(unit);
    if (!bearer) return AGAIN;
    const begun = await this.#unused(unit, () =>
      state.beginAttempt({ runId, row, quotaKey, windows, now: () => clock.now(), timeoutMs: attemptTimeoutMs }),
    );
    if (!begun.begun) {
      unit.giveBack();
      gate.block(begun.waitMs);
      return AGAIN;
    }
    const answer = await request.send(bearer, halt.answersSignal);
    const at = clock.now();
    const judged = request.judge(answer, at);
    const end = judged.kind === 'value' ? judged.end : ({ verdict: judged.kind === 'not-sent' ? 'not-sent' : 'again' } as const);
    await state.endAttempt(begun.attempt, { ...end, at, answer: row === null ? null : answer });
    if (judged.kind === 'not-sent') unit.giveBack();
    return this.#react(judged, bearer, at);
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

  async #react<T>(judged: Judged<T>, bearer: Bearer, at: number): Promise<T | typeof AGAIN> {
    switch (judged.kind) {
      case 'value':
        this.#throttledSince = undefined;
        if (judged.usable) this.outage.good();
        else this.outage.bad(judged.why ?? 'no usable answer');
        return judged.value;
      case 'not-sent':
        this.outage.bad(judged.why);
        return AGAIN;
      case 'throttled':
        await this.#throttled(judged.waitMs, judged.message, at);
        return AGAIN;
      case 'unauthorized':
        await this.#unauthorized(bearer, judged.message);
        return AGAIN;
      default:
        return judged satisfies never;
    }
  }

  /** Somebody else uses the quota: everybody waits, and from now on nobody bursts. */
  async #throttled(askedMs: number, message: string, at: number): Promise<void> {
    const { gate, state, quotaKey, windows, log, clock, halt, what, mayStop = () => true } = this.#deps;
    const longest = longestWindow(windows);
    const waitMs = Math.min(Math.max(askedMs, 1), longest);
    this.outage.good();
    gate.block(waitMs);
    gate.pace(evenPace(windows));
    await state.pause(quotaKey, at + waitMs);
    log.warn({ api: what, waitMs, message }, `429: somebody else uses this quota; waiting ${formatDuration(waitMs)}, then at an even pace`);
    this.#throttledSince ??= clock.mono();
    const tooLong = clock.mono() - this.#throttledSince > longest;
    if (tooLong && mayStop()) halt.stop(EXIT.outage, `throttled by others for longer than ${formatDuration(longest)}`);
  }

  async #unauthorized(bearer: Bearer, message: string): Promise<void> {
    const { tokens, halt, log } = this.#deps;
    const renewed = await this.#unlessOut(() => tokens.renew(bearer));
    if (renewed === false) halt.stop(EXIT.credentials, `the API does not accept the token: ${message}`);
    else log.debug({ message }, '401: trying again with a newer token');
  }
}
