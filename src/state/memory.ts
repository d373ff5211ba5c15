/** A state that lives as long as its store: for tests, and to measure what recording costs. */
import type { AttemptEnd, AttemptVerdict, BeginResult, Intent, QuotaUse, RunLock, RunOverview, RunPatch, State } from '../core/ports.ts';
import { boundedSettlement } from '../core/bounds.ts';
import { holdOf, longestWindow } from '../core/rate.ts';
import { countOutcomes } from '../core/summary.ts';
import type { OpenCall, Outcome, PlannedRow, Run, RunRow, Settlement, Window } from '../core/types.ts';
import { LockLostError, RunBusyError, StateError } from '../core/errors.ts';

interface Attempt {
  readonly runId: string | null;
  readonly row: number | null;
  readonly quotaKey: string;
  readonly begunAt: number;
  readonly timeoutMs: number;
  endedAt: number | null;
  countsFrom: number;
  verdict: AttemptVerdict | 'ruled-out' | null;
}
interface Settled {
  readonly settlement: Settlement;
  readonly at: number;
}
interface StoredRun {
  run: Run;
  readonly rows: ReadonlyMap<number, PlannedRow>;
  readonly settled: Map<number, Settled>;
}

/** What several processes would share: hand one store to two states to play a restart or a second process. */
export class MemoryStore {
  readonly runs = new Map<string, StoredRun>();
  readonly attempts: Attempt[] = [];
  readonly pauses = new Map<string, number>();
  readonly locks = new Map<string, MemoryState>();
}

export class MemoryState implements State {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore = new MemoryStore()) {
    this.#store = store;
  }

  async createRun(run: Run, rows: Iterable<PlannedRow>): Promise<void> {
    if (this.#store.runs.has(run.id)) throw new StateError(`run ${run.id} exists already`);
    const byNumber = new Map([...rows].map((row) => [row.row, row]));
    this.#store.runs.set(run.id, { run, rows: byNumber, settled: new Map() });
  }

  async run(id: string): Promise<Run | undefined> {
    return this.#store.runs.get(id)?.run;
  }

  async runs(): Promise<RunOverview[]> {
    const newestFirst = [...this.#store.runs.values()].sort((a, b) => b.run.createdAt - a.run.createdAt);
    return newestFirst.map((stored) => ({
      ...stored.run,
      machines: stored.rows.size,
      outcomes: countOutcomes([...stored.rows.values()].map((row) => this.#rowOf(stored, row).outcome)),
      active: this.#store.locks.has(stored.run.id),
    }));
  }

  async updateRun(id: string, patch: RunPatch): Promise<void> {
    const stored = this.#stored(id);
    stored.run = { ...stored.run, ...patch };
  }

  async *rows(runId: string): AsyncIterable<RunRow> {
    const stored = this.#stored(runId);
    for (const row of stored.rows.values()) yield this.#rowOf(stored, row);
  }

  async *openCalls(runId: string): AsyncIterable<OpenCall> {
    const stored = this.#stored(runId);
    for (const { row, machineId, skip } of stored.rows.values())
      if (skip === undefined && !stored.settled.has(row)) yield { row, machineId, doubtSince: this.#doubtOf(runId, row) };
  }

  async callCounts(runId: string): Promise<{ calls: number; open: number }> {
    const { rows, settled } = this.#stored(runId);
    const calls = [...rows.values()].filter((row) => row.skip === undefined).length;
    return { calls, open: calls - settled.size };
  }

  async beginAttempt(intent: Intent): Promise<BeginResult> {
    const { runId, row, quotaKey, windows, timeoutMs } = intent;
    const at = intent.now();
    if (runId !== null && this.#store.locks.get(runId) !== this) throw new LockLostError(`the lock of ${runId} is not held`);
    const use = this.#countsFrom(quotaKey, at);
    const pausedMs = this.#pausedUntil(quotaKey, windows, at) - at;
    if (pausedMs > 0) return { begun: false, waitMs: pausedMs, because: 'pause' };
    const waitMs = Math.max(...windows.map((window) => waitFor(window, use, at)));
    if (waitMs > 0) return { begun: false, waitMs, because: 'quota' };
    this.#store.attempts.push({
      runId,
      row,
      quotaKey,
      begunAt: at,
      timeoutMs,
      endedAt: null,
      countsFrom: at + timeoutMs,
      verdict: null,
    });
    return { begun: true, attempt: this.#store.attempts.length };
  }

  async endAttempt(id: number, { at, verdict, settlement }: AttemptEnd): Promise<void> {
    const attempt = this.#store.attempts[id - 1];
    if (!attempt) throw new StateError(`there is no attempt ${id}`);
    Object.assign(attempt, { endedAt: at, countsFrom: at, verdict });
    if (settlement && attempt.runId !== null && attempt.row !== null) await this.settle(attempt.runId, attempt.row, settlement, at);
  }

  async ruleOut(runId: string, row: number): Promise<void> {
    for (const attempt of this.#attemptsOf(runId, row)) if (isDoubtful(attempt)) attempt.verdict = 'ruled-out';
  }

  async settle(runId: string, row: number, settlement: Settlement, at: number): Promise<void> {
    this.#stored(runId).settled.set(row, { settlement: boundedSettlement(settlement), at });
  }

  async reopen(runId: string, which: { outcomes: readonly string[] } | { rows: readonly number[] }): Promise<number> {
    const { settled } = this.#stored(runId);
    const chosen = [...settled].filter(([row, { settlement }]) =>
      'rows' in which ? which.rows.includes(row) : which.outcomes.includes(settlement.outcome),
    );
    for (const [row] of chosen) settled.delete(row);
    return chosen.length;
  }

  async pause(quotaKey: string, until: number): Promise<void> {
    this.#store.pauses.set(quotaKey, Math.max(until, this.#store.pauses.get(quotaKey) ?? 0));
  }

  async quotaUse(quotaKey: string, windows: readonly Window[], now: () => number): Promise<QuotaUse> {
    const at = now();
    const oldest = at - Math.max(...windows.map(holdOf));
    const countsFrom = this.#countsFrom(quotaKey, at).filter((since) => since > oldest);
    const until = this.#pausedUntil(quotaKey, windows, at);
    return { countsFrom, pausedUntil: until > at ? until : null };
  }

  async lockRun(runId: string): Promise<RunLock> {
    if (this.#store.locks.has(runId)) throw new RunBusyError(runId);
    this.#store.locks.set(runId, this);
    return { release: async () => void this.#store.locks.delete(runId) };
  }

  async runOfPlan(planHash: string): Promise<Run | undefined> {
    return [...this.#store.runs.values()].find(({ run }) => run.planHash === planHash)?.run;
  }

  async prune(before: number): Promise<string[]> {
    const old = [...this.#store.runs.values()].filter(({ run }) => run.status === 'done' && run.createdAt < before);
    for (const { run } of old) this.#store.runs.delete(run.id);
    return old.map(({ run }) => run.id);
  }

  async close(): Promise<void> {
    for (const [runId, holder] of this.#store.locks) if (holder === this) this.#store.locks.delete(runId);
  }

  #stored(id: string): StoredRun {
    const stored = this.#store.runs.get(id);
    if (!stored) throw new StateError(`there is no run ${id}`);
    return stored;
  }

  #attemptsOf(runId: string, row: number): Attempt[] {
    return this.#store.attempts.filter((attempt) => attempt.runId === runId && attempt.row === row);
  }

  #doubtOf(runId: string, row: number): number | null {
    const ends = this.#attemptsOf(runId, row)
      .filter(isDoubtful)
      .map(({ endedAt, begunAt, timeoutMs }) => endedAt ?? begunAt + timeoutMs);
    return ends.length > 0 ? Math.max(...ends) : null;
  }

  #countsFrom(quotaKey: string, at: number): number[] {
    const counting = this.#store.attempts.filter((attempt) => attempt.quotaKey === quotaKey && attempt.verdict !== 'not-sent');
    for (const attempt of counting)
      attempt.countsFrom = Math.min(attempt.countsFrom, at + (attempt.endedAt === null ? attempt.timeoutMs : 0));
    return counting.map(({ countsFrom }) => countsFrom).sort((a, b) => a - b);
  }

  /** A pause is never longer than the longest window, so one that seems so was noted before the clock was set back. */
  #pausedUntil(quotaKey: string, windows: readonly Window[], at: number): number {
    const until = Math.min(this.#store.pauses.get(quotaKey) ?? 0, at + longestWindow(windows));
    if (until > at) this.#store.pauses.set(quotaKey, until);
    return until;
  }

  #rowOf({ run, settled }: StoredRun, planned: PlannedRow): RunRow {
    const { row, machineId, deviceName, file, line, skip, message } = planned;
    const sent = this.#attemptsOf(run.id, row).filter(({ verdict }) => verdict !== 'not-sent');
    const { settlement, at } = settled.get(row) ?? { settlement: undefined, at: null };
    const open: Outcome = this.#doubtOf(run.id, row) === null ? 'not-sent' : 'unknown';
    return {
      row,
      machineId,
      file,
      line,
      deviceName: settlement?.deviceName ?? deviceName,
      outcome: skip ?? settlement?.outcome ?? open,
      actionId: settlement?.actionId ?? null,
      actionStatus: settlement?.actionStatus ?? null,
      httpStatus: settlement?.httpStatus ?? null,
      errorCode: settlement?.errorCode ?? null,
      message: settlement?.message ?? message ?? null,
      attempts: sent.length,
      firstSentAt: sent.length > 0 ? Math.min(...sent.map(({ begunAt }) => begunAt)) : null,
      settledAt: at,
    };
  }
}

function isDoubtful({ verdict }: Attempt): boolean {
  return verdict === null || verdict === 'ambiguous';
}

/** Milliseconds until this window has a unit free; `use` is sorted. */
function waitFor(window: Window, use: readonly number[], at: number): number {
  const blocking = use[use.length - window.limit];
  return blocking === undefined ? 0 : blocking + holdOf(window) - at;
}
