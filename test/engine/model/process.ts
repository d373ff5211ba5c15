/** One process of a run that may die at any step, on a state that outlives it. */
import { vi } from 'vitest';
import { restrict } from '../../../jobs/restrict.ts';
import type { Api, Clock, State } from '../../../src/core/ports.ts';
import type { Run, Window } from '../../../src/core/types.ts';
import { Halt } from '../../../src/engine/attempts/halt.ts';
import { Lane } from '../../../src/engine/attempts/lane.ts';
import { ServerClock } from '../../../src/engine/attempts/server-clock.ts';
import { openSender } from '../../../src/engine/dispatch/sender.ts';
import { QuotaGate } from '../../../src/engine/quota/gate.ts';
import { MemoryState, type MemoryStore } from '../../../src/state/memory.ts';

export interface ProcessOptions {
  /** Dies at its n-th step, before or after what the step does; none: it lives. */
  readonly diesAt: number | undefined;
  /** Its wall clock minus the true time, ms, and by how much somebody sets it 5 s after the start. */
  readonly clockMs: number;
  readonly stepMs: number;
}

export interface Limits {
  readonly readLagMs: number;
  readonly outageMs: number;
  readonly attemptTimeoutMs: number;
  readonly windows: readonly Window[];
  readonly sharedQuota: boolean;
}

export type Ended = { readonly kind: 'dead' } | { readonly kind: 'over'; readonly codes: readonly number[] } | { readonly kind: 'stuck' };

/** No run takes so long, ms. */
const STUCK_MS = 6 * 3_600_000;

export async function live(run: Run, store: MemoryStore, api: Api, options: ProcessOptions, limits: Limits): Promise<Ended> {
  const born = Date.now();
  const clock: Clock = {
    now: () => Date.now() + options.clockMs + (Date.now() - born > 5000 ? options.stepMs : 0),
    mono: () => Date.now() - born,
  };
  const life = new Life(options.diesAt);
  const real = new MemoryState(store);
  const state = mortal(real, life);
  await real.lockRun(run.id);
  const halt = new Halt();
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const server = new ServerClock(clock);
  let renewals = 0;
  const tokens = {
    current: async () => ({ token: `t${renewals}`, expiresAt: Infinity }),
    renew: async () => {
      renewals += 1;
      return true;
    },
  };
  const work = async (): Promise<Ended> => {
    const { windows, outageMs, readLagMs, attemptTimeoutMs, sharedQuota } = limits;
    const sender = await openSender({
      run,
      state,
      server,
      halt,
      clock,
      log,
      windows,
      outageMs,
      readLagMs,
      attemptTimeoutMs,
      sharedQuota,
      api: {
        post: (...args) => life.step(() => api.post(...args)),
        get: (...args) => life.step(() => api.get(...args)),
      },
      job: restrict,
      retries: 2,
      maxErrors: { count: 1000 },
      openLane: async ({ segment, ...wish }) => {
        const { countsFrom } = await state.quotaUse(segment, windows, clock.now);
        const gate = new QuotaGate({ windows, concurrency: 3, clock, inUse: countsFrom });
        const shared = { gate, windows, state, tokens, clock, halt, log, outageMs, server, attemptTimeoutMs };
        return { lane: new Lane({ ...shared, ...wish, quotaKey: segment, what: segment }) };
      },
    });
    await sender.send(() => {});
    return { kind: 'over', codes: halt.reasons.map(({ code }) => code) };
  };
  const ended = await advanceUntil(Promise.race([work(), life.death]), born + STUCK_MS);
  life.end();
  await real.close();
  return ended;
}

/** Counts steps; once over, nothing of it ever comes back. */
class Life {
  readonly death: Promise<Ended>;
  #left: number;
  #over = false;
  #die: () => void = () => {};

  constructor(diesAt: number | undefined) {
    this.#left = diesAt ?? Infinity;
    this.death = new Promise((resolve) => {
      this.#die = () => resolve({ kind: 'dead' });
    });
  }

  /** A step before and one after the work. */
  async step<T>(work: () => Promise<T>): Promise<T> {
    await this.#breathe();
    const result = await work();
    await this.#breathe();
    return result;
  }

  end(): void {
    this.#over = true;
  }

  async #breathe(): Promise<void> {
    this.#left -= 1;
    if (this.#left <= 0) this.#over = true;
    if (!this.#over) return;
    this.#die();
    await new Promise(() => {});
  }
}

/** The same state; each write is two steps of a life. */
function mortal(state: MemoryState, life: Life): State {
  return {
    createRun: (...args) => state.createRun(...args),
    run: (id) => state.run(id),
    runs: () => state.runs(),
    updateRun: (...args) => life.step(() => state.updateRun(...args)),
    rows: (runId) => state.rows(runId),
    openCalls: (runId, upTo) => state.openCalls(runId, upTo),
    callCounts: (runId, upTo) => state.callCounts(runId, upTo),
    confirmedActions: (runId) => state.confirmedActions(runId),
    attempts: (...args) => state.attempts(...args),
    callsOfJob: (which) => state.callsOfJob(which),
    followedActions: (...args) => state.followedActions(...args),
    statusCounts: (runId) => state.statusCounts(runId),
    recordStatuses: (...args) => life.step(() => state.recordStatuses(...args)),
    statusChanges: (runId) => state.statusChanges(runId),
    recordLastSeen: (...args) => life.step(() => state.recordLastSeen(...args)),
    recordOpposed: (...args) => life.step(() => state.recordOpposed(...args)),
    askToStop: (...args) => state.askToStop(...args),
    isStopAsked: (runId) => state.isStopAsked(runId),
    beginAttempt: (intent) => life.step(() => state.beginAttempt(intent)),
    endAttempt: (...args) => life.step(() => state.endAttempt(...args)),
    ruleOut: (runId, row) => life.step(() => state.ruleOut(runId, row)),
    settle: (...args) => life.step(() => state.settle(...args)),
    reopen: (...args) => life.step(() => state.reopen(...args)),
    reissue: (runId, rows) => state.reissue(runId, rows),
    earlierActions: (runId) => state.earlierActions(runId),
    ensured: (which) => state.ensured(which),
    pause: (...args) => life.step(() => state.pause(...args)),
    quotaUse: (...args) => state.quotaUse(...args),
    lockRun: (runId) => state.lockRun(runId),
    runOfPlan: (hash) => state.runOfPlan(hash),
    prune: (before) => state.prune(before),
    close: () => state.close(),
  };
}

async function advanceUntil(work: Promise<Ended>, deadline: number): Promise<Ended> {
  let ended: Ended | undefined;
  void work.then((result) => (ended = result));
  while (!ended && Date.now() < deadline) await vi.advanceTimersByTimeAsync(1000);
  return ended ?? { kind: 'stuck' };
}
