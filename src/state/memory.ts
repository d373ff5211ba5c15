/** A state that lives as long as its store: for tests, and to measure what recording costs. */
import { cappedPause, oldestThatCounts, redated, waitFor, yieldTo } from '../core/quota.ts';
import type {
  AttemptEnd,
  AttemptVerdict,
  BeginResult,
  Intent,
  QuotaAttempt,
  QuotaUse,
  RunLock,
  RunOverview,
  RunPatch,
  State,
} from '../core/ports.ts';
import type { Ensured } from '../core/ensured.ts';
import { isInDoubt, openRow, standingOf } from '../core/standing.ts';
import { bounded, boundedSettlement } from '../core/bounds.ts';
import { countOutcomes } from '../core/summary.ts';
import { FINAL_STATUSES } from '../core/following.ts';
import type {
  Doubt,
  FollowedAction,
  JobCalls,
  OpenCall,
  Opposed,
  PlannedRow,
  Run,
  RunRow,
  SeenOpposed,
  SeenStatus,
  Settlement,
  StatusChange,
  Window,
} from '../core/types.ts';
import { LockLostError, RunBusyError, StateError } from '../core/errors.ts';

interface Attempt {
  readonly runId: string | null;
  readonly row: number | null;
  readonly quotaKey: string;
  readonly begunAt: number;
  readonly timeoutMs: number;
  endedAt: number | null;
  countsFrom: number;
  serverBegun: number | null;
  serverEnded: number | null;
  verdict: AttemptVerdict | 'ruled-out' | 'superseded' | null;
}
interface Settled {
  readonly settlement: Settlement;
  readonly at: number;
}
/** What following added to a row's action. */
interface Followed {
  readonly status: string;
  readonly endedAt: number | null;
}
interface StoredRun {
  run: Run;
  readonly rows: ReadonlyMap<number, PlannedRow>;
  readonly settled: Map<number, Settled>;
  readonly followed: Map<number, Followed>;
  readonly opposed: Map<number, Opposed>;
  readonly lastSeen: Map<string, string>;
  readonly changes: StatusChange[];
  /** Actions that ended, and whose rows were called again. */
  readonly earlier: string[];
  isStopAsked: boolean;
}

/** What several processes would share: hand one store to two states to play a restart or a second process. */
export class MemoryStore {
  readonly runs = new Map<string, StoredRun>();
  readonly attempts: Attempt[] = [];
  readonly pauses = new Map<string, number>();
  /** Of runs of high priority, by quota key and run. */
  readonly claims = new Map<string, { readonly quotaKey: string; readonly runId: string; readonly until: number }>();
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
    const maps = { settled: new Map(), followed: new Map(), opposed: new Map(), lastSeen: new Map() };
    this.#store.runs.set(run.id, { run, rows: byNumber, ...maps, changes: [], earlier: [], isStopAsked: false });
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

  async *attempts(runId: string, beforeMs: number): AsyncIterable<QuotaAttempt> {
    const counted = this.#store.attempts.filter(({ verdict }) => verdict !== 'not-sent');
    const posts = counted.filter((attempt) => attempt.runId === runId && attempt.row !== null);
    const found = [...Map.groupBy(posts, ({ quotaKey }) => quotaKey)].flatMap(([key, mine]) => {
      const first = Math.min(...mine.map(({ begunAt }) => begunAt));
      const last = Math.max(...mine.map(({ countsFrom }) => countsFrom));
      return counted.filter((one) => one.quotaKey === key && one.countsFrom > first - beforeMs && one.begunAt <= last);
    });
    for (const { begunAt, countsFrom, ...one } of found.sort((a, b) => a.begunAt - b.begunAt))
      yield { begunAt, countsFrom, own: one.runId === runId };
  }

  async *openCalls(runId: string, upTo = Infinity): AsyncIterable<OpenCall> {
    const stored = this.#stored(runId);
    const calls = [...stored.rows.values()].filter(({ skip, position = 0 }) => skip === undefined && position <= upTo);
    for (const { row, machineId, input } of calls.sort((a, b) => (a.position ?? a.row) - (b.position ?? b.row)))
      if (isOpen(stored, row)) yield { row, machineId, doubt: this.#doubtOf(runId, row), ...(input && { input }) };
  }

  async callsOfJob({ job, tenant, since }: { job: string; tenant: string; since: number }): Promise<JobCalls> {
    let [sent, open] = [0, 0];
    for (const { run, rows, settled } of this.#store.runs.values()) {
      if (run.job !== job || run.tenant !== tenant) continue;
      for (const { row, skip } of rows.values()) {
        const attempts = this.#attemptsOf(run.id, row).filter(({ verdict }) => verdict !== 'not-sent');
        if (attempts.some(({ begunAt }) => begunAt >= since)) sent += 1;
        const isOpen = skip === undefined && !settled.has(row) && attempts.length === 0;
        if (isOpen && run.status !== 'done' && run.createdAt >= since) open += 1;
      }
    }
    return { sent, open };
  }

  async callCounts(runId: string, upTo = Infinity): Promise<{ calls: number; open: number }> {
    const stored = this.#stored(runId);
    const calls = [...stored.rows.values()].filter(({ skip, position = 0 }) => skip === undefined && position <= upTo);
    return { calls: calls.length, open: calls.filter(({ row }) => isOpen(stored, row)).length };
  }

  async confirmedActions(runId: string): Promise<string[]> {
    const created = [...this.#stored(runId).settled.values()].filter(({ settlement }) => settlement.outcome === 'created');
    return created.map(({ settlement }) => settlement.actionId).filter((id) => id !== undefined);
  }

  async followedActions(runId: string, which: 'open' | 'all'): Promise<FollowedAction[]> {
    const stored = this.#stored(runId);
    const all = [...stored.rows.values()].map((row) => this.#rowOf(stored, row)).filter(isFollowed);
    const chosen = which === 'all' ? all : all.filter(({ actionStatus }) => !FINAL.has(actionStatus ?? ''));
    return chosen.map(({ row, machineId, actionId, actionStatus, outcome, settledAt, lastSeen = null }) => ({
      row,
      machineId,
      actionId,
      settledAt,
      lastSeen,
      status: actionStatus,
      isOwn: outcome === 'created',
    }));
  }

  async statusCounts(runId: string): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    for (const { status } of await this.followedActions(runId, 'all')) counts[status ?? ''] = (counts[status ?? ''] ?? 0) + 1;
    return counts;
  }

  async recordStatuses(runId: string, seen: readonly SeenStatus[]): Promise<number[]> {
    const stored = this.#stored(runId);
    const known = new Map((await this.followedActions(runId, 'all')).map((action) => [action.row, action]));
    return seen.filter((one) => recordStatus(stored, known.get(one.row), one)).map(({ row }) => row);
  }

  async *statusChanges(runId: string): AsyncIterable<StatusChange> {
    yield* this.#stored(runId).changes.toSorted((a, b) => a.at - b.at);
  }

  async recordLastSeen(runId: string, seen: ReadonlyMap<string, string>): Promise<void> {
    for (const [machineId, at] of seen) this.#stored(runId).lastSeen.set(machineId, at);
  }

  async recordOpposed(runId: string, seen: readonly SeenOpposed[]): Promise<void> {
    const { opposed: known } = this.#stored(runId);
    const actions = new Map((await this.followedActions(runId, 'all')).map((action) => [action.row, action]));
    for (const { row, actionId, opposed } of seen) {
      const { actionId: now, status } = actions.get(row) ?? {};
      if (now !== actionId || status !== 'Succeeded') continue;
      if (opposed) known.set(row, { ...opposed, words: bounded(opposed.words) });
      else known.delete(row);
    }
  }

  async askToStop(runId: string, stop: boolean): Promise<void> {
    this.#stored(runId).isStopAsked = stop;
  }

  async isStopAsked(runId: string): Promise<boolean> {
    return this.#store.runs.get(runId)?.isStopAsked ?? false;
  }

  async beginAttempt(intent: Intent): Promise<BeginResult> {
    const { runId, row, quotaKey, windows, timeoutMs, priority } = intent;
    const [at, server] = [intent.now(), intent.server?.() ?? null];
    if (runId !== null && this.#store.locks.get(runId) !== this) throw new LockLostError(`the lock of ${runId} is not held`);
    if (runId !== null && this.#store.runs.get(runId)?.isStopAsked) return { begun: false, waitMs: 1, because: 'stop' };
    const use = this.#countsFrom(quotaKey, at);
    const withBlocking = windows.map((window) => ({ window, blocking: use[use.length - window.limit] }));
    const wait =
      waitFor({ windows: withBlocking, pausedUntil: this.#pausedUntil(quotaKey, windows, at) }, at) ??
      (priority === 'high' ? undefined : yieldTo({ claims: this.#claims(quotaKey, runId), windows: withBlocking }, at));
    if (priority === 'high' && runId !== null)
      this.#store.claims.set(`${quotaKey} ${runId}`, { quotaKey, runId, until: at + (wait?.waitMs ?? 0) });
    if (wait) return wait;
    this.#store.attempts.push({
      runId,
      row,
      quotaKey,
      begunAt: at,
      timeoutMs,
      endedAt: null,
      countsFrom: at + timeoutMs,
      serverBegun: server && server.earliest,
      serverEnded: server && server.latest + timeoutMs,
      verdict: null,
    });
    return { begun: true, attempt: this.#store.attempts.length };
  }

  async endAttempt(id: number, { at, server, verdict, settlement }: AttemptEnd): Promise<void> {
    const attempt = this.#store.attempts[id - 1];
    if (!attempt) throw new StateError(`there is no attempt ${id}`);
    Object.assign(attempt, { endedAt: at, countsFrom: at, verdict });
    if (server) Object.assign(attempt, { serverBegun: server.begun, serverEnded: server.ended });
    if (settlement && attempt.runId !== null && attempt.row !== null) await this.settle(attempt.runId, attempt.row, settlement, at);
  }

  async ruleOut(runId: string, row: number): Promise<void> {
    for (const attempt of this.#attemptsOf(runId, row))
      if (isDoubtful(attempt) && attempt.verdict !== 'accepted') attempt.verdict = 'ruled-out';
  }

  async settle(runId: string, row: number, settlement: Settlement, at: number): Promise<void> {
    const stored = this.#stored(runId);
    stored.settled.set(row, { settlement: boundedSettlement(settlement), at });
    forgetFollowing(stored, row);
  }

  async reopen(runId: string, which: { outcomes: readonly string[] } | { rows: readonly number[] }): Promise<number> {
    const stored = this.#stored(runId);
    const { settled } = stored;
    const chosen = [...settled].filter(([row, { settlement }]) =>
      'rows' in which ? which.rows.includes(row) : which.outcomes.includes(settlement.outcome),
    );
    for (const [row] of chosen) {
      settled.delete(row);
      forgetFollowing(stored, row);
    }
    if ('rows' in which) for (const row of which.rows) this.#turnAway(runId, row);
    return chosen.length;
  }

  async reissue(runId: string, rows: readonly number[]): Promise<number> {
    const stored = this.#stored(runId);
    const chosen = rows.filter((row) => {
      const { outcome, actionId } = stored.settled.get(row)?.settlement ?? {};
      return actionId !== undefined && (outcome === 'created' || outcome === 'already-in-progress');
    });
    for (const row of chosen) {
      stored.earlier.push(stored.settled.get(row)?.settlement.actionId ?? '');
      stored.settled.delete(row);
      forgetFollowing(stored, row);
      for (const attempt of this.#attemptsOf(runId, row)) if (attempt.verdict !== 'not-sent') attempt.verdict = 'superseded';
    }
    return chosen.length;
  }

  async earlierActions(runId: string): Promise<string[]> {
    return [...this.#stored(runId).earlier];
  }

  async ensured({ job, tenant }: { job: string; tenant: string }): Promise<Ensured[]> {
    const runs = [...this.#store.runs.values()].filter(({ run }) => isEnsureRun(run) && run.job === job && run.tenant === tenant);
    const machines = new Map<string, { actionIds: string[]; lastRun: string; isHeld: boolean }>();
    for (const stored of runs)
      for (const { row, machineId } of stored.rows.values()) {
        const { actionIds = [], isHeld = false } = machines.get(machineId) ?? {};
        const { outcome, actionId } = stored.settled.get(row)?.settlement ?? {};
        if (outcome === 'created' && actionId !== undefined) actionIds.push(actionId);
        machines.set(machineId, { actionIds, lastRun: stored.run.id, isHeld: isHeld || mayHold(outcome) });
      }
    return [...machines]
      .filter(([, { isHeld }]) => isHeld)
      .map(([machineId, { actionIds, lastRun }]) => ({ machineId, actionIds, lastRun }));
  }

  async pause(quotaKey: string, until: number): Promise<void> {
    this.#store.pauses.set(quotaKey, Math.max(until, this.#store.pauses.get(quotaKey) ?? 0));
  }

  async quotaUse(quotaKey: string, windows: readonly Window[], now: () => number): Promise<QuotaUse> {
    const at = now();
    const countsFrom = this.#countsFrom(quotaKey, at).filter((since) => since > oldestThatCounts(windows, at));
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
    const old = [...this.#store.runs.values()].filter(
      ({ run, settled }) =>
        run.status === 'done' &&
        run.createdAt < before &&
        !(isEnsureRun(run) && [...settled.values()].some(({ settlement }) => mayHold(settlement.outcome))),
    );
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

  #turnAway(runId: string, row: number): void {
    for (const attempt of this.#attemptsOf(runId, row)) if (attempt.verdict === 'settled') attempt.verdict = 'turned-away';
  }

  #doubtOf(runId: string, row: number): Doubt | null {
    const attempts = this.#attemptsOf(runId, row).filter(({ verdict }) => !NOT_OF_THIS_CALL.has(verdict ?? ''));
    const doubtful = attempts.filter(isDoubtful);
    if (doubtful.length === 0) return null;
    const begun = known(attempts.map(({ serverBegun }) => serverBegun));
    const ended = known(doubtful.map(({ serverEnded }) => serverEnded));
    return {
      begun: begun && Math.min(...begun),
      ended: ended && Math.max(...ended),
      isOver: doubtful.every(({ verdict }) => verdict !== null),
      isAccepted: doubtful.some(({ verdict }) => verdict === 'accepted'),
    };
  }

  #countsFrom(quotaKey: string, at: number): number[] {
    const counting = this.#store.attempts.filter((attempt) => attempt.quotaKey === quotaKey && attempt.verdict !== 'not-sent');
    for (const attempt of counting)
      attempt.countsFrom = redated({ countsFrom: attempt.countsFrom, isOut: attempt.endedAt === null, leaseMs: attempt.timeoutMs }, at);
    return counting.map(({ countsFrom }) => countsFrom).sort((a, b) => a - b);
  }

  /** Of other runs that some process works on. */
  #claims(quotaKey: string, runId: string | null): number[] {
    const others = [...this.#store.claims.values()].filter((claim) => claim.quotaKey === quotaKey && claim.runId !== runId);
    return others.filter((claim) => this.#store.locks.has(claim.runId)).map(({ until }) => until);
  }

  #pausedUntil(quotaKey: string, windows: readonly Window[], at: number): number {
    const until = cappedPause(this.#store.pauses.get(quotaKey) ?? 0, windows, at);
    if (until > at) this.#store.pauses.set(quotaKey, until);
    return until;
  }

  #rowOf({ run, settled, followed, lastSeen, ...stored }: StoredRun, planned: PlannedRow): RunRow {
    const { row, machineId, deviceName, file, line, skip, message, action, input, position } = planned;
    const sent = this.#attemptsOf(run.id, row).filter(({ verdict }) => verdict !== 'not-sent');
    const { settlement, at } = settled.get(row) ?? { settlement: undefined, at: null };
    const open = openRow(standingOf(sent.map(({ verdict }) => verdict)));
    const [endedAt, seen, opposed] = [followed.get(row)?.endedAt ?? null, lastSeen.get(machineId), stored.opposed.get(row)];
    return {
      row,
      machineId,
      file,
      line,
      deviceName: settlement?.deviceName ?? deviceName,
      outcome: skip ?? settlement?.outcome ?? open.outcome,
      actionId: settlement?.actionId ?? action?.id ?? null,
      actionStatus: followed.get(row)?.status ?? settlement?.actionStatus ?? action?.status ?? null,
      httpStatus: settlement?.httpStatus ?? null,
      errorCode: settlement?.errorCode ?? null,
      message: settlement?.message ?? (skip === undefined && !settlement ? open.message : null) ?? message ?? null,
      attempts: sent.length,
      firstSentAt: sent.length > 0 ? Math.min(...sent.map(({ begunAt }) => begunAt)) : null,
      settledAt: at,
      ...(position !== undefined && { position }),
      ...(endedAt !== null && { actionEndedAt: endedAt }),
      ...(seen !== undefined && { lastSeen: seen }),
      ...(opposed && { opposed }),
      ...(input && { input }),
    };
  }
}

/** What was seen is of an action that the row has no more. */
function forgetFollowing({ followed, opposed }: StoredRun, row: number): void {
  followed.delete(row);
  opposed.delete(row);
}

const FINAL: ReadonlySet<string> = new Set(FINAL_STATUSES);

function isFollowed(row: RunRow): row is RunRow & { readonly actionId: string } {
  return row.actionId !== null && (row.outcome === 'created' || row.outcome === 'already-in-progress');
}

/** True where the action stands differently now. */
function recordStatus(stored: StoredRun, known: FollowedAction | undefined, { row, actionId, status, at, endedAt }: SeenStatus): boolean {
  if (known?.actionId !== actionId) return false;
  if (FINAL.has(known.status ?? '') && (known.status !== status || stored.followed.get(row)?.endedAt)) return false;
  stored.followed.set(row, { status, endedAt });
  if (known.status === status) return false;
  stored.changes.push({ row, status, at });
  return true;
}

/** Verdicts of attempts that say nothing about the call as it is open now. */
const NOT_OF_THIS_CALL: ReadonlySet<string> = new Set(['not-sent', 'turned-away', 'superseded']);

function isEnsureRun({ settings }: Run): boolean {
  return settings['ensure']?.[0] === 'true';
}

function mayHold(outcome: string | undefined): boolean {
  return outcome === 'created' || outcome === 'unknown';
}

function isDoubtful({ verdict }: Attempt): boolean {
  return isInDoubt(verdict);
}

function isOpen({ settled }: StoredRun, row: number): boolean {
  const outcome = settled.get(row)?.settlement.outcome;
  return outcome === undefined || outcome === 'unknown';
}

/** All of the values, or null when one is not known. */
function known(values: readonly (number | null)[]): number[] | null {
  const there = values.filter((value) => value !== null);
  return there.length === values.length ? there : null;
}
