/** Carries out the open calls of a run. Whatever becomes of a call, the state knows it before the next step is taken. */
import pRetry from 'p-retry';
import { EXIT } from '../../core/exit.ts';
import { judge, type Differs, type Verdict } from '../../core/judge.ts';
import type { Api, Clock, Listener, Log, State } from '../../core/ports.ts';
import { tagged } from '../../core/tag.ts';
import type { Doubt, Job, OpenCall, Run, Settlement } from '../../core/types.ts';
import { AuthError, messageOf, StateError, StoppedError } from '../../core/errors.ts';
import { Feed } from './feed.ts';
import type { Halt } from '../attempts/halt.ts';
import type { Lane, Made, Times } from '../attempts/lane.ts';
import type { Observations } from './observations.ts';
import type { Begin, Doubtful, Finding, Reconciler } from './reconcile.ts';
import type { StopRules } from './stop-rules.ts';
import type { Tally } from './tally.ts';

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
  readonly tally: Tally;
  readonly observations: Observations;
  readonly halt: Halt;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell?: Listener | undefined;
  /** Times a call is sent again after it was shown to have had no effect. */
  readonly retries: number;
  readonly attemptTimeoutMs: number;
  /** Only calls up to this place are sent; absent: all. */
  readonly upTo?: number | undefined;
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
  /** When its first attempt began that is not proved to have had no effect. */
  begun: Begin | undefined;
}

/** Resolves when every call is settled or the run has stopped: `halt` says which. Never rejects. */
export async function dispatch(deps: DispatchDeps): Promise<void> {
  await new Dispatcher(deps).callAll();
}

class Dispatcher {
  readonly #deps: DispatchDeps;
  readonly #feed = new Feed(HELPING);

  constructor(deps: DispatchDeps) {
    this.#deps = deps;
    deps.halt.signal.addEventListener('abort', () => deps.tally.release(), { once: true });
  }

  async callAll(): Promise<void> {
    const { state, run, halt, upTo } = this.#deps;
    const running = new Set<Promise<void>>();
    try {
      for await (const call of state.openCalls(run.id, upTo)) {
        await this.#feed.enter();
        if (halt.stopped) break;
        const work = this.#call({ ...call, begun: undefined, lastChance: false }).finally(() => {
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
    const { reconciler } = this.#deps;
    reconciler.awaiting(call.machineId);
    try {
      if (call.doubt === null || (await this.#clearDoubt(call, call.doubt))) await this.#retry(call);
    } catch (error) {
      this.#stopFor(error);
    } finally {
      reconciler.awaitingNoMore(call.machineId);
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
    const { observations } = this.#deps;
    const { value: verdict, times } = await this.#attempt(call);
    switch (verdict.kind) {
      case 'settled':
        this.#accepted(call, verdict, times);
        return this.#told(call, verdict.settlement);
      case 'untagged':
        observations.accepted(verdict.action);
        this.#deps.rules.accepted(false);
        return this.#told(call, verdict.settlement);
      case 'look':
        observations.duplicate(`${verdict.httpStatus} ${verdict.errorCode}`);
        return this.#lookUp(call, times, { httpStatus: verdict.httpStatus, errorCode: verdict.errorCode });
      case 'ambiguous':
        return this.#findOut(call, times, verdict);
      case 'forbidden':
        return this.#forbidden(call, verdict.isPermission, verdict.refusal);
      case 'not-found':
        return this.#onceMore(call, verdict.refusal);
      default:
        return verdict satisfies never;
    }
  }

  #attempt(call: Call): Promise<Made<Verdict>> {
    const { api, job, run, lane } = this.#deps;
    const question = { runId: run.id, actionType: job.actionType, machineId: call.machineId, differs: this.#differs(call) };
    return lane.attempt<Verdict>({
      runId: run.id,
      row: call.row,
      send: (bearer, signal) =>
        api.post(
          bearer,
          `machines/${call.machineId}/${job.segment}`,
          job.body(tagged(run.id, run.comment), run.parameters ?? {}, call),
          signal,
        ),
      judge: (answer, times) => judge({ ...question, begunAfter: begunAfter(times) }, answer, times.wall.ended),
    });
  }

  /** An open action of the same type may be about another file: then it is in the way, and not what was asked for. */
  #differs(call: Call): Differs | undefined {
    const { job, run } = this.#deps;
    return job.differs && ((action) => job.differs?.(action, run.parameters ?? {}, call));
  }

  /** What a settled 2xx teaches: the echo of our comment, a witness, how duplicates are answered. */
  #accepted(call: Call, { settlement, action }: Extract<Verdict, { kind: 'settled' }>, { mono }: Times): void {
    const { observations, rules, reconciler } = this.#deps;
    if (!action) return;
    if (settlement.outcome !== 'created') return observations.duplicate(`${settlement.httpStatus} existing action`);
    observations.accepted(action);
    rules.accepted(true);
    if (action.machineId !== null && action.machineId.toLowerCase() !== call.machineId) observations.merged();
    observations.confirmed(action.id, mono.ended);
    reconciler.confirmed(action, mono);
  }

  /** A doubt left by an earlier process. True when the call is to be sent. */
  async #clearDoubt(call: Call, { begun, ended, isOver, isAccepted }: Doubt): Promise<boolean> {
    const { clock, attemptTimeoutMs } = this.#deps;
    call.begun = { server: begun, mono: null, wall: null };
    // Whatever that process noted, it is gone: what it sent is over one time-out from now at the latest.
    const mono = clock.mono() + (isOver ? 0 : attemptTimeoutMs);
    const finding = await this.#ask(call, isAccepted ? 'accepted' : 'lost', { mono, server: ended }, 'left in doubt by an earlier process');
    if (finding.kind === 'absent') return true;
    await this.#settleFinding(call, finding, {});
    return false;
  }

  async #findOut(call: Call, times: Times, { trouble, httpStatus }: Extract<Verdict, { kind: 'ambiguous' }>): Promise<void> {
    const finding = await this.#ask(this.#begun(call, times), 'lost', endOf(times), trouble);
    if (finding.kind === 'absent') throw new NoEffectError(trouble, httpStatus);
    await this.#settleFinding(call, finding, httpStatus === undefined ? {} : { httpStatus });
  }

  async #lookUp(call: Call, times: Times, about: Partial<Settlement>): Promise<void> {
    const finding = await this.#ask(this.#begun(call, times), 'look', endOf(times), 'the API says that one is in progress already');
    if (finding.kind !== 'absent') await this.#settleFinding(call, finding, about);
  }

  #begun(call: Call, { server, mono, wall }: Times): Call {
    call.begun ??= { server: server && server.begun, mono: mono.begun, wall: wall.begun };
    return call;
  }

  /** Parked: the call holds neither a slot nor a place in the feed while it waits for a list read. */
  async #ask(call: Call, kind: Doubtful['kind'], ended: Doubtful['ended'], why: string): Promise<Finding> {
    const { reconciler, state, run, clock, tally, tell } = this.#deps;
    const { machineId, begun = UNKNOWN_BEGIN } = call;
    tell?.({ kind: 'parked', row: call.row, machineId, why });
    const settle = (): Promise<Finding> => reconciler.settle({ machineId, kind, begun, ended, differs: this.#differs(call) });
    const finding = await this.#feed.outside(() => tally.parkedWhile(settle));
    if (finding.kind === 'absent') await state.ruleOut(run.id, call.row, clock.now());
    return finding;
  }

  async #settleFinding(call: Call, finding: Exclude<Finding, { kind: 'absent' }>, about: Partial<Settlement>): Promise<void> {
    if (finding.kind === 'settled') await this.#settle(call, { ...about, ...finding.settlement });
    else await this.#settle(call, { ...about, outcome: 'unknown', message: finding.why });
  }

  /** Where the permission is missing for all, the row was not refused: it was never really asked for. */
  async #forbidden(call: Call, isPermission: boolean, refusal: Settlement): Promise<void> {
    const { halt, rules } = this.#deps;
    if (isPermission && rules.permissionIsMissing(refusal.message || 'HTTP 403')) return;
    if (!halt.reasons.some(({ code }) => code === EXIT.credentials)) await this.#settle(call, refusal);
  }

  /** Not found, once more at the end of the queue. */
  async #onceMore(call: Call, refusal: Settlement): Promise<void> {
    const { tally, halt } = this.#deps;
    if (call.lastChance) return this.#settle(call, refusal);
    call.lastChance = true;
    await this.#feed.outside(() => tally.endOfQueue());
    if (!halt.stopped) await this.#send(call);
  }

  async #settle(call: Call, settlement: Settlement): Promise<void> {
    const { state, run, clock } = this.#deps;
    await state.settle(run.id, call.row, settlement, clock.now());
    await this.#told(call, settlement);
  }

  /** The state knows already; now everybody else does. */
  async #told(call: Call, settlement: Settlement): Promise<void> {
    const { state, run, rules, tally, onSettled } = this.#deps;
    const reopened = rules.settled(call.row, settlement);
    if (reopened.length > 0) await state.reopen(run.id, { rows: reopened });
    tally.settled();
    onSettled(call.row, settlement);
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

const UNKNOWN_BEGIN: Begin = { server: null, mono: null, wall: null };
const DAY_MS = 86_400_000;

/** By the server's clock; where that was never told, ours is trusted to a day. */
function begunAfter({ server, wall }: Times): number {
  return server?.begun ?? wall.begun - DAY_MS;
}

function endOf({ mono, server }: Times): Doubtful['ended'] {
  return { mono: mono.ended, server: server && server.ended };
}

function failed(error: NoEffectError, retries: number): Settlement {
  const message = `no effect after ${retries + 1} attempts; the last one: ${error.message}`;
  return { outcome: 'failed', message, ...(error.httpStatus !== undefined && { httpStatus: error.httpStatus }) };
}
