/** Carries out the open calls of a run. Whatever becomes of a call, the state knows it before the next step is taken. */
import pRetry from 'p-retry';
import { EXIT } from '../../core/exit.ts';
import { judge, type Verdict } from '../../core/judge.ts';
import type { Api, Clock, Log, State } from '../../core/ports.ts';
import { tagged } from '../../core/tag.ts';
import type { Doubt, Job, OpenCall, Run, Settlement } from '../../core/types.ts';
import { AuthError, messageOf, StateError, StoppedError } from '../../core/errors.ts';
import { Feed } from './feed.ts';
import type { Halt } from '../attempts/halt.ts';
import type { Judged, Lane } from '../attempts/lane.ts';
import type { Finding, Reconciler } from './reconcile.ts';
import type { StopRules } from './stop-rules.ts';

/** Calls handed to the gate at a time. */
const HELPING = 200;

export interface DispatchDeps {
  readonly run: Run;
  readonly job: Job;
  readonly state: State;
  readonly api: Api;
  /** The lane of the job's own API. */
  readonly lane: Lane;
  readonly reconciler: Reconciler;
  readonly rules: StopRules;
  readonly halt: Halt;
  readonly clock: Clock;
  readonly log: Log;
  /** Times a call is sent again after it was shown to have had no effect. */
  readonly retries: number;
  readonly attemptTimeoutMs: number;
  readonly onSettled: (row: number, settlement: Settlement) => void;
}

/** Sent, and shown to have had no effect: the one failure that p-retry counts and waits after. */
class NoEffectError extends Error {
  override name = 'NoEffectError';
  readonly httpStatus: number | undefined;
  constructor(why: string, httpStatus: number | undefined) {
    super(why);
    this.httpStatus = httpStatus;
  }
}

interface Call extends OpenCall {
  /** A 404 is known to be transient, once. */
  lastChance: boolean;
  /** When its first attempt of this process began; for a call in doubt, when the run did. */
  begunAt: number;
}

/** Resolves when every call is settled or the run has stopped: `halt` says which. Never rejects. */
export async function dispatch(deps: DispatchDeps): Promise<void> {
  const { state, run } = deps;
  const later: Call[] = [];
  const dispatcher = new Dispatcher(deps, later);
  await dispatcher.callAll(asCalls(state.openCalls(run.id), run.createdAt));
  await dispatcher.callAll(later.splice(0));
}

async function* asCalls(open: AsyncIterable<OpenCall>, begunAt: number): AsyncIterable<Call> {
  for await (const call of open) yield { ...call, begunAt, lastChance: false };
}

class Dispatcher {
  readonly #deps: DispatchDeps;
  readonly #later: Call[];
  readonly #feed = new Feed(HELPING);
  #echoChecked = false;

  constructor(deps: DispatchDeps, later: Call[]) {
    this.#deps = deps;
    this.#later = later;
  }

  async callAll(calls: AsyncIterable<Call> | Iterable<Call>): Promise<void> {
    const running = new Set<Promise<void>>();
    try {
      for await (const call of calls) {
        await this.#feed.enter();
        if (this.#deps.halt.stopped) break;
        const work = this.#call(call).finally(() => {
          running.delete(work);
          this.#feed.leave();
        });
        running.add(work);
      }
    } catch (error) {
      this.#stopFor(error);
    }
    await Promise.all(running);
  }

  /** One call to its end. Never rejects: what ends the run is told to `halt`. */
  async #call(call: Call): Promise<void> {
    try {
      if (call.doubt !== null && !(await this.#clearDoubt(call, call.doubt))) return;
      if (call.doubt === null) call.begunAt = this.#deps.clock.now();
      await this.#retry(call);
    } catch (error) {
      this.#stopFor(error);
    }
  }

  /** Sends until the call is settled or its retries are used up. In an outage nothing is used up. */
  async #retry(call: Call): Promise<void> {
    const { retries, halt, lane } = this.#deps;
    for (;;) {
      try {
        return await pRetry(() => this.#send(call), {
          retries,
          minTimeout: 1000,
          maxTimeout: 30_000,
          randomize: true,
          signal: halt.signal,
          shouldRetry: ({ error }) => error instanceof NoEffectError,
          shouldConsumeRetry: () => !lane.outage.active,
        });
      } catch (error) {
        if (halt.stopped || !(error instanceof NoEffectError)) throw error;
        if (!lane.outage.active) return this.#settle(call, failed(error, retries));
      }
    }
  }

  /** One attempt and all that follows from its answer. @throws NoEffectError when it may be sent again */
  async #send(call: Call): Promise<void> {
    const verdict = await this.#attempt(call);
    switch (verdict.kind) {
      case 'settled':
        if (verdict.settlement.outcome === 'created') this.#checkEcho(verdict.comment);
        return this.#told(call, verdict.settlement);
      case 'look':
        return this.#lookUp(call, { httpStatus: verdict.httpStatus, errorCode: verdict.errorCode });
      case 'ambiguous':
        return this.#findOut(call, verdict.why, verdict.httpStatus);
      case 'forbidden':
        return this.#forbidden(call, verdict.namesRoles, verdict.settlement);
      case 'not-found':
        if (call.lastChance) return this.#settle(call, verdict.settlement);
        return void this.#later.push({ ...call, lastChance: true, doubt: null });
      default:
        return verdict satisfies never;
    }
  }

  #attempt(call: Call): Promise<Exclude<Verdict, Free>> {
    const { api, job, run, lane } = this.#deps;
    const question = { runId: run.id, actionType: job.actionType, machineId: call.machineId };
    return lane.attempt({
      runId: run.id,
      row: call.row,
      send: (bearer, signal) =>
        api.post(
          bearer,
          `machines/${call.machineId}/${job.segment}`,
          job.body(tagged(run.id, run.comment), run.parameters ?? {}, call),
          signal,
        ),
      judge: (answer, at) => asJudged(judge(question, answer, at)),
    });
  }

  /** A doubt left by an earlier process. True when the call is to be sent. */
  async #clearDoubt(call: Call, { isOver }: Doubt): Promise<boolean> {
    const { clock, attemptTimeoutMs } = this.#deps;
    const finding = await this.#ask(call, 'lost', clock.mono() + (isOver ? 0 : attemptTimeoutMs));
    if (finding.kind === 'absent') return true;
    await this.#settleFinding(call, finding, {});
    return false;
  }

  async #findOut(call: Call, why: string, httpStatus: number | undefined): Promise<void> {
    this.#deps.log.debug({ row: call.row, machineId: call.machineId, why }, 'no usable answer: looking the action up');
    const finding = await this.#ask(call, 'lost', this.#deps.clock.mono());
    if (finding.kind === 'absent') throw new NoEffectError(why, httpStatus);
    await this.#settleFinding(call, finding, httpStatus === undefined ? {} : { httpStatus });
  }

  async #lookUp(call: Call, about: Partial<Settlement>): Promise<void> {
    const finding = await this.#ask(call, 'look', this.#deps.clock.mono());
    if (finding.kind !== 'absent') await this.#settleFinding(call, finding, about);
  }

  /** Parked: the call holds neither a slot nor a place in the feed while it waits for a list read. */
  async #ask(call: Call, kind: 'lost' | 'look', endedMono: number): Promise<Finding> {
    const { reconciler, state, run, clock } = this.#deps;
    const { machineId, begunAt } = call;
    const finding = await this.#feed.outside(() => reconciler.settle({ machineId, kind, endedMono, begunAt }));
    if (finding.kind === 'absent') await state.ruleOut(run.id, call.row, clock.now());
    return finding;
  }

  async #settleFinding(call: Call, finding: Exclude<Finding, { kind: 'absent' }>, about: Partial<Settlement>): Promise<void> {
    if (finding.kind === 'settled') await this.#settle(call, { ...about, ...finding.settlement });
    else await this.#settle(call, { ...about, outcome: 'unknown', message: finding.why });
  }

  async #forbidden(call: Call, namesRoles: boolean, settlement: Settlement): Promise<void> {
    const { halt } = this.#deps;
    if (namesRoles) halt.stop(EXIT.credentials, settlement.message ?? 'HTTP 403');
    // Permission is missing for all: the row was not refused, it was never really asked for.
    if (!halt.reasons.some(({ code }) => code === EXIT.credentials)) await this.#settle(call, settlement);
  }

  async #settle(call: Call, settlement: Settlement): Promise<void> {
    const { state, run, clock } = this.#deps;
    await state.settle(run.id, call.row, settlement, clock.now());
    await this.#told(call, settlement);
  }

  /** The state knows already; now everybody else does. */
  async #told(call: Call, settlement: Settlement): Promise<void> {
    const { state, run, rules, onSettled } = this.#deps;
    const reopened = rules.settled(call.row, settlement);
    if (reopened.length > 0) await state.reopen(run.id, { rows: reopened });
    onSettled(call.row, settlement);
  }

  /** The tag decides what is ours, so a server that changes comments is worth a word, once. */
  #checkEcho(comment: string | undefined): void {
    const { run, log } = this.#deps;
    if (this.#echoChecked || comment === undefined) return;
    this.#echoChecked = true;
    const sent = tagged(run.id, run.comment);
    if (comment !== sent) log.warn({ sent, kept: comment }, 'the API did not keep the comment as it was sent');
  }

  #stopFor(error: unknown): void {
    const { halt, log } = this.#deps;
    if (halt.stopped && !(error instanceof StateError)) return;
    if (error instanceof StoppedError) return;
    if (error instanceof AuthError || error instanceof StateError) return halt.stop(error.exitCode, error.message);
    log.error({ error: messageOf(error), stack: error instanceof Error ? error.stack : undefined }, 'internal error');
    halt.stop(EXIT.internal, `internal error: ${messageOf(error)}`);
  }
}

type Free = { readonly kind: 'throttled' | 'unauthorized' | 'not-sent' };

/** What the lane deals with, and how the rest is recorded. */
function asJudged(verdict: Verdict): Judged<Exclude<Verdict, Free>> {
  if (verdict.kind === 'throttled' || verdict.kind === 'unauthorized' || verdict.kind === 'not-sent') return verdict;
  if (verdict.kind === 'settled')
    return { kind: 'value', value: verdict, usable: true, end: { verdict: 'settled', settlement: verdict.settlement } };
  if (verdict.kind === 'ambiguous')
    return { kind: 'value', value: verdict, usable: false, why: verdict.why, end: { verdict: 'ambiguous' } };
  return { kind: 'value', value: verdict, usable: true, end: { verdict: verdict.kind === 'look' ? 'look' : 'again' } };
}

function failed(error: NoEffectError, retries: number): Settlement {
  const message = `no effect after ${retries + 1} attempts; the last one: ${error.message}`;
  return { outcome: 'failed', message, ...(error.httpStatus !== undefined && { httpStatus: error.httpStatus }) };
}
