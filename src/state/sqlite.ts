/** The durable state: SQLite, WAL, synchronous FULL. Every method is one transaction. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { cappedPause, oldestThatCounts, oldestClaim, waitFor, yieldTo, type QuotaRecord } from '../core/quota.ts';
import type { AttemptEnd, BeginResult, Intent, QuotaAttempt, QuotaUse, RunLock, RunOverview, RunPatch, State } from '../core/ports.ts';
import type { Ensured } from '../core/ensured.ts';
import { bounded, boundedAnswer, boundedSettlement } from '../core/bounds.ts';
import { ordered } from '../core/summary.ts';
import type {
  FollowedAction,
  JobCalls,
  OpenCall,
  PlannedRow,
  Run,
  RunRow,
  SeenOpposed,
  SeenStatus,
  Settlement,
  StatusChange,
  Window,
} from '../core/types.ts';
import { LockLostError, StateError } from '../core/errors.ts';
import { asStateError, openFile, type OpenOptions } from './file.ts';
import { CommitGroup, type Step } from './commit-group.ts';
import { changeOfClock, type BootClock } from './boot-clock.ts';
import { FileLock, lockPath } from './lock.ts';
import {
  changeOf,
  followedOf,
  groupOutcomeOf,
  jsonOf,
  openCallOf,
  opposedText,
  overviewOf,
  quotaAttemptOf,
  rowOf,
  runOf,
  textListOf,
} from './records.ts';
import { fileIdOf, realPathOf, type FileId } from './place.ts';
import * as sql from './statements.ts';
import { inTransaction } from './node-sqlite.ts';

/** Rows read at a time: what a page holds may be settled before the next is read. */
const PAGE = 1000;
/** No bound: larger than any row or place. */
const ANY = Number.MAX_SAFE_INTEGER;

/** Under this key `meta` holds what the clocks said last. */
const CLOCK = 'clock';

/** A quota key's record. */
interface Quota {
  readonly n: number;
  /** Milliseconds since the epoch; 0 when nobody ever said to wait. */
  readonly pausedUntil: number;
}

export class SqliteState implements State {
  /** Behind every link, so that all names of one state lead to the same locks. */
  readonly #path: string;
  readonly #id: FileId | undefined;
  readonly #bootClock: BootClock | undefined;
  /** The wall clock that the caller reads, once it has told. */
  #now: (() => number) | undefined;
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  readonly #locks = new Map<string, FileLock>();
  /** What every call of a run asks for: many calls, few commits. */
  readonly #group = new CommitGroup((steps) => this.#commit(steps));

  /** @throws UsageError, StateError as `openFile` does */
  constructor(path: string, options: OpenOptions) {
    try {
      this.#path = realPathOf(path);
      this.#db = openFile(this.#path, options);
      this.#id = fileIdOf(this.#path);
    } catch (error) {
      throw asStateError(error, path);
    }
    this.#bootClock = options.bootClock;
  }

  async createRun(run: Run, rows: Iterable<PlannedRow>): Promise<void> {
    this.#transaction(() => {
      const { id, job, tenant, clientId, host, comment, operator, listHash, planHash, createdAt, status } = run;
      const values = [id, job, tenant, clientId, host, comment, operator, run.emulated ? 1 : 0, listHash, planHash];
      const { lastInsertRowid: n } = this.#run(
        sql.INSERT_RUN,
        ...values,
        JSON.stringify(run.settings),
        createdAt,
        status,
        jsonOf(run.parameters),
        run.released ?? null,
        run.kind ?? null,
        run.originRun ?? null,
      );
      const insert = this.#statement(sql.INSERT_ROW);
      for (const { row, machineId, deviceName, file, line, skip, message, action, input, position } of rows) {
        const note = message === undefined ? null : bounded(message);
        const own = [skip ?? null, note, action?.id ?? null, action?.status ?? null, jsonOf(input), position ?? null];
        insert.run(n, row, bounded(machineId), bounded(deviceName), file, line, ...own);
      }
    });
  }

  async run(id: string): Promise<Run | undefined> {
    const found = this.#get(sql.RUN, id);
    return found && runOf(found);
  }

  async runs(): Promise<RunOverview[]> {
    const counts = new Map<number, Record<string, number>>();
    for (const group of this.#all(sql.OUTCOME_COUNTS)) {
      const [n, outcome, ofRun] = [Number(group['n']), groupOutcomeOf(group), counts.get(Number(group['n'])) ?? {}];
      counts.set(n, { ...ofRun, [outcome]: (ofRun[outcome] ?? 0) + Number(group['count']) });
    }
    return this.#all(sql.RUNS).map((record) => {
      const active = FileLock.isHeld(lockPath(this.#path, String(record['id'])));
      return overviewOf(record, ordered(counts.get(Number(record['n'])) ?? {}), active);
    });
  }

  async updateRun(id: string, patch: RunPatch): Promise<void> {
    const run = await this.run(id);
    if (!run) throw new StateError(`there is no run ${id}`);
    const { status, finishedAt, exitCode, note, observed, released = null } = { ...run, ...patch };
    const texts = [note === null ? null : bounded(note), observed && JSON.stringify(observed)];
    this.#run(sql.UPDATE_RUN, status, finishedAt, exitCode, ...texts, released, id);
  }

  async *rows(runId: string): AsyncIterable<RunRow> {
    yield* this.#pages((last) => this.#all(sql.ROWS, runId, last, PAGE), 'row', rowOf);
  }

  async *attempts(runId: string, beforeMs: number): AsyncIterable<QuotaAttempt> {
    for (const record of this.#all(sql.ATTEMPTS, runId, beforeMs)) yield quotaAttemptOf(record);
  }

  async *openCalls(runId: string, upTo?: number): AsyncIterable<OpenCall> {
    const [query, bound] = this.#get(sql.ANY_PLACE, runId) ? [sql.OPEN_CALLS_BY_PLACE, upTo ?? ANY] : [sql.OPEN_CALLS, ANY];
    yield* this.#pages((last) => this.#all(query, runId, last, bound, PAGE), 'key', openCallOf);
  }

  async callsOfJob({ job, tenant, since }: { job: string; tenant: string; since: number }): Promise<JobCalls> {
    const count = (query: string): number => Number(this.#get(query, job, tenant, since)?.['count']);
    return { sent: count(sql.SENT_OF_JOB), open: count(sql.OPEN_OF_JOB) };
  }

  async callCounts(runId: string, upTo: number = ANY): Promise<{ calls: number; open: number }> {
    const counts = this.#get(sql.CALL_COUNTS, runId, upTo);
    return { calls: Number(counts?.['calls']), open: Number(counts?.['open']) };
  }

  async confirmedActions(runId: string): Promise<string[]> {
    return this.#all(sql.CONFIRMED, runId).map(({ id }) => String(id));
  }

  async followedActions(runId: string, which: 'open' | 'all'): Promise<FollowedAction[]> {
    return this.#all(which === 'open' ? sql.OPEN_ACTIONS : sql.FOLLOWED_ACTIONS, runId).map(followedOf);
  }

  async statusCounts(runId: string): Promise<Readonly<Record<string, number>>> {
    return Object.fromEntries(this.#all(sql.STATUS_COUNTS, runId).map(({ status, count }) => [String(status), Number(count)]));
  }

  async recordStatuses(runId: string, seen: readonly SeenStatus[]): Promise<number[]> {
    return this.#transaction(() => seen.filter((one) => this.#recordStatus(runId, one)).map(({ row }) => row));
  }

  async *statusChanges(runId: string): AsyncIterable<StatusChange> {
    for (const record of this.#all(sql.CHANGES, runId)) yield changeOf(record);
  }

  async recordLastSeen(runId: string, seen: ReadonlyMap<string, string>): Promise<void> {
    this.#transaction(() => {
      for (const [machineId, lastSeen] of seen) this.#run(sql.SEE_MACHINE, bounded(lastSeen), runId, machineId);
    });
  }

  async recordOpposed(runId: string, seen: readonly SeenOpposed[]): Promise<void> {
    this.#transaction(() => {
      for (const { row, actionId, opposed } of seen) this.#run(sql.SEE_OPPOSED, opposedText(opposed), runId, row, actionId);
    });
  }

  async askToStop(runId: string, stop: boolean): Promise<void> {
    this.#run(sql.ASK_TO_STOP, stop ? 1 : 0, runId);
  }

  async isStopAsked(runId: string): Promise<boolean> {
    return this.#isStopAsked(runId);
  }

  async beginAttempt(intent: Intent): Promise<BeginResult> {
    return this.#group.add(() => {
      this.#checkPlace();
      if (intent.runId !== null) this.#lockOf(intent.runId).check();
      if (intent.runId !== null && this.#isStopAsked(intent.runId)) return { begun: false, waitMs: 1, because: 'stop' };
      const [at, server] = [this.#wall(intent.now), intent.server?.() ?? null];
      const quota = this.#quota(intent.quotaKey, intent.windows, at);
      const windows = this.#blockings(quota, intent.windows);
      const wait = waitFor({ windows, pausedUntil: quota.pausedUntil }, at) ?? this.#yields(intent, quota, windows, at);
      const { runId, row, timeoutMs, priority } = intent;
      if (priority === 'high' && runId !== null) this.#run(sql.CLAIM, quota.n, runId, at + (wait?.waitMs ?? 0));
      if (wait) return wait;
      const span = spanValues(server && { begun: server.earliest, ended: server.latest + timeoutMs });
      const { lastInsertRowid } = this.#run(sql.INSERT_ATTEMPT, runId, row, quota.n, at, timeoutMs, at + timeoutMs, ...span);
      return { begun: true, attempt: Number(lastInsertRowid) };
    });
  }

  async endAttempt(attempt: number, { at, server, answer, verdict, settlement }: AttemptEnd): Promise<void> {
    return this.#group.add(() => {
      // Set since the attempt began, the clock would otherwise be followed when this is counted by it already.
      if (this.#now) this.#followClock(this.#now());
      const countsFrom = verdict === 'not-sent' ? 0 : at;
      const kept = answer && JSON.stringify(boundedAnswer(answer));
      const ended = this.#get(sql.END_ATTEMPT, at, countsFrom, verdict, kept, ...spanValues(server ?? null), attempt);
      if (settlement) this.#run(sql.SETTLE, ...settlementValues(settlement, at), Number(ended?.['run_n']), Number(ended?.['row']));
    });
  }

  async ruleOut(runId: string, row: number): Promise<void> {
    this.#run(sql.RULE_OUT, runId, row);
  }

  async settle(runId: string, row: number, settlement: Settlement, at: number): Promise<void> {
    this.#run(sql.SETTLE_BY_RUN, ...settlementValues(settlement, at), runId, row);
  }

  async reopen(runId: string, which: { outcomes: readonly string[] } | { rows: readonly number[] }): Promise<number> {
    return this.#transaction(() => {
      if ('rows' in which) return which.rows.reduce((n, row) => n + this.#takeBack(runId, row), 0);
      return which.outcomes.reduce((n, outcome) => n + Number(this.#run(sql.REOPEN_OUTCOME, runId, outcome).changes), 0);
    });
  }

  async reissue(runId: string, rows: readonly number[]): Promise<number> {
    return this.#transaction(() => rows.filter((row) => this.#supersede(runId, row)).length);
  }

  async earlierActions(runId: string): Promise<string[]> {
    return this.#all(sql.EARLIER, runId).map(({ id }) => String(id));
  }

  async ensured({ job, tenant }: { job: string; tenant: string }): Promise<Ensured[]> {
    return this.#all(sql.ENSURED, job, tenant).map((record) => ({
      machineId: String(record['machine_id']),
      actionIds: textListOf(record['actions']),
      lastRun: String(this.#get(sql.RUN_ID, Number(record['last_n']))?.['id']),
    }));
  }

  async pause(quotaKey: string, until: number): Promise<void> {
    this.#transaction(() => this.#run(sql.PAUSE, Math.ceil(until), this.#quotaOf(quotaKey).n));
  }

  async quotaUse(quotaKey: string, windows: readonly Window[], now: () => number): Promise<QuotaUse> {
    return this.#transaction(() => {
      const at = this.#wall(now);
      const quota = this.#quota(quotaKey, windows, at);
      const countsFrom = this.#all(sql.IN_USE, quota.n, oldestThatCounts(windows, at)).map((record) => Number(record['counts_from']));
      return { countsFrom, pausedUntil: quota.pausedUntil > at ? quota.pausedUntil : null };
    });
  }

  async version(): Promise<number> {
    return Number(this.#get('PRAGMA data_version')?.['data_version']);
  }

  async lockRun(runId: string): Promise<RunLock> {
    const lock = this.#guard(() => FileLock.take(lockPath(this.#path, runId), runId));
    this.#locks.set(runId, lock);
    return {
      release: async () => {
        this.#locks.delete(runId);
        lock.release();
      },
    };
  }

  async runOfPlan(planHash: string): Promise<Run | undefined> {
    const found = this.#get(sql.RUN_OF_PLAN, planHash);
    return found && runOf(found);
  }

  async prune(before: number): Promise<string[]> {
    return this.#transaction(() => {
      this.#run(sql.PRUNE_ATTEMPTS, before, before);
      return this.#all(sql.PRUNE_RUNS, before).map(({ id }) => String(id));
    });
  }

  async close(): Promise<void> {
    this.#group.flush();
    for (const lock of this.#locks.values()) lock.release();
    this.#locks.clear();
    this.#prepared.clear();
    if (this.#db.isOpen) this.#db.close();
  }

  #isStopAsked(runId: string): boolean {
    return this.#get(sql.IS_STOP_ASKED, runId)?.['stop_asked'] === 1;
  }

  /** True where the action stands differently now. */
  #recordStatus(runId: string, { row, actionId, status: given, at, endedAt }: SeenStatus): boolean {
    const status = bounded(given);
    const before = this.#get(sql.STATUS_BEFORE, runId, row)?.['action_status'];
    const ended = endedAt === null ? null : Math.round(endedAt);
    const { changes } = this.#run(sql.SEE_STATUS, status, ended, runId, row, actionId, status, ended, status);
    if (Number(changes) === 0 || before === status) return false;
    this.#run(sql.INSERT_CHANGE, runId, row, status, Math.round(at));
    return true;
  }

  #supersede(runId: string, row: number): boolean {
    if (Number(this.#run(sql.SUPERSEDE, runId, row).changes) === 0) return false;
    this.#run(sql.SUPERSEDE_ATTEMPTS, runId, row);
    return Number(this.#run(sql.REOPEN_ROW, runId, row).changes) > 0;
  }

  #takeBack(runId: string, row: number): number {
    this.#run(sql.TURN_AWAY, runId, row);
    return Number(this.#run(sql.REOPEN_ROW, runId, row).changes);
  }

  #blockings({ n }: Quota, windows: readonly Window[]): QuotaRecord['windows'] {
    return windows.map((window) => {
      const found = this.#get(sql.NTH_NEWEST, n, window.limit - 1);
      return { window, blocking: found && Number(found['counts_from']) };
    });
  }

  /** A claim counts only while some process works on its run: that is asked of the lock, so nobody has to take claims away. */
  #yields({ priority, runId }: Intent, { n }: Quota, windows: QuotaRecord['windows'], at: number): ReturnType<typeof yieldTo> {
    if (priority === 'high') return undefined;
    const others = this.#all(sql.CLAIMS, n, oldestClaim(windows, at), runId);
    const alive = others.filter(({ id }) => FileLock.isHeld(lockPath(this.#path, String(id))));
    return yieldTo({ claims: alive.map(({ until }) => Number(until)), windows }, at);
  }

  /** The quota at this instant: after the clock was set back, what is dated in the future counts from now, and a pause ends within the longest window. */
  #quota(key: string, windows: readonly Window[], at: number): Quota {
    const { n, pausedUntil } = this.#quotaOf(key);
    if (this.#get(sql.ANY_FUTURE, n, at, at)) this.#run(sql.REDATE, at, n, at, at);
    const capped = cappedPause(pausedUntil, windows, at);
    if (capped < pausedUntil) this.#run(sql.CAP_PAUSE, capped, n);
    return { n, pausedUntil: capped };
  }

  #wall(now: () => number): number {
    this.#now = now;
    const at = now();
    this.#followClock(at);
    return at;
  }

  /** When the wall clock was set, all that the quota remembers is moved along, once, by whichever process sees it first. */
  #followClock(at: number): void {
    const seen = this.#bootClock?.read(at);
    if (!seen) return;
    const before = this.#get(sql.META, CLOCK)?.['value'];
    const change = changeOfClock(before, seen);
    if (change === undefined) return;
    if (change !== 0) {
      this.#run(sql.SHIFT_ATTEMPTS, change);
      this.#run(sql.SHIFT_PAUSES, change);
    }
    this.#run(sql.SET_META, CLOCK, JSON.stringify(seen));
  }

  /** @throws StateError when the file is not the one that was opened: what is recorded in it would be lost */
  #checkPlace(): void {
    if (fileIdOf(this.#path) !== this.#id)
      throw new StateError(`the state ${this.#path} was deleted or replaced while it was in use`, {
        hint: 'Nothing more was sent. Put the file back before anything is resumed: it alone knows what was sent.',
      });
  }

  #quotaOf(key: string): Quota {
    const found = this.#get(sql.QUOTA, key);
    if (found) return { n: Number(found['n']), pausedUntil: Number(found['paused_until']) };
    return { n: Number(this.#run(sql.INSERT_QUOTA, key).lastInsertRowid), pausedUntil: 0 };
  }

  #lockOf(runId: string): FileLock {
    const lock = this.#locks.get(runId);
    if (!lock) throw new LockLostError(`the lock of run ${runId} is not held`);
    return lock;
  }

  /** `key` is the column by which a page is in order, and after whose last value the next one begins. */
  *#pages<T>(pageAfter: (last: number) => sql.Record[], key: string, read: (record: sql.Record) => T): Iterable<T> {
    let last = 0;
    for (;;) {
      const page = pageAfter(last);
      for (const record of page) yield read(record);
      if (page.length < PAGE) return;
      last = Number(page.at(-1)?.[key]);
    }
  }

  #statement(query: string): StatementSync {
    const known = this.#prepared.get(query);
    if (known) return known;
    const statement = this.#db.prepare(query);
    this.#prepared.set(query, statement);
    return statement;
  }

  #get(query: string, ...values: SQLInputValue[]): sql.Record | undefined {
    return this.#guard(() => this.#statement(query).get(...values));
  }

  #all(query: string, ...values: SQLInputValue[]): sql.Record[] {
    return this.#guard(() => this.#statement(query).all(...values));
  }

  #run(query: string, ...values: SQLInputValue[]): ReturnType<StatementSync['run']> {
    return this.#guard(() => this.#statement(query).run(...values));
  }

  #transaction<T>(work: () => T): T {
    return this.#guard(() => {
      this.#statement('BEGIN IMMEDIATE').run();
      try {
        const result = work();
        this.#statement('COMMIT').run();
        return result;
      } catch (error) {
        if (inTransaction(this.#db)) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** All steps in one transaction: one that fails is undone alone; if the commit fails, nothing of any was written. */
  #commit(steps: readonly Step[]): void {
    try {
      const answers = this.#transaction(() => steps.map((step) => this.#carriedOut(step, steps.length === 1)));
      for (const answer of answers) answer();
    } catch (error) {
      for (const { reject } of steps) reject(error);
    }
  }

  /** Carries a step out and answers how to tell its waiter. An error that ended the whole transaction is thrown. */
  #carriedOut({ run, resolve, reject }: Step, isAlone: boolean): () => void {
    if (!isAlone) this.#statement('SAVEPOINT step').run();
    try {
      run();
      return resolve;
    } catch (error) {
      if (isAlone || !inTransaction(this.#db)) throw error;
      this.#statement('ROLLBACK TO step').run();
      return () => reject(error);
    } finally {
      if (!isAlone && inTransaction(this.#db)) this.#statement('RELEASE step').run();
    }
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw asStateError(error, this.#path);
    }
  }
}

/** Whole milliseconds, each to the side that is the safe one. */
function spanValues(span: { readonly begun: number; readonly ended: number } | null): [number | null, number | null] {
  return span ? [Math.floor(span.begun), Math.ceil(span.ended)] : [null, null];
}

function settlementValues(settlement: Settlement, at: number): (string | number | null)[] {
  const { outcome, actionId, actionStatus, deviceName, httpStatus, errorCode, message } = boundedSettlement(settlement);
  return [outcome, actionId, actionStatus, deviceName, httpStatus, errorCode, message, at].map((value) => value ?? null);
}
