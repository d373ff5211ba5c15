/** The durable state: SQLite, WAL, synchronous FULL. Every method is one transaction. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { cappedPause, oldestThatCounts, waitFor } from '../core/quota.ts';
import type { AttemptEnd, BeginResult, Intent, QuotaAttempt, QuotaUse, RunLock, RunOverview, RunPatch, State } from '../core/ports.ts';
import { bounded, boundedAnswer, boundedSettlement } from '../core/bounds.ts';
import { ordered } from '../core/summary.ts';
import type { JobCalls, OpenCall, PlannedRow, Run, RunRow, Settlement, Window } from '../core/types.ts';
import { LockLostError, StateError } from '../core/errors.ts';
import { asStateError, openFile, type OpenOptions } from './file.ts';
import { changeOfClock, type BootClock } from './boot-clock.ts';
import { FileLock, lockPath } from './lock.ts';
import { groupOutcomeOf, jsonOf, openCallOf, overviewOf, quotaAttemptOf, rowOf, runOf } from './records.ts';
import { fileIdOf, realPathOf, type FileId } from './place.ts';
import * as sql from './statements.ts';
import { inTransaction } from './node-sqlite.ts';

/** Rows read at a time: what a page holds may be settled before the next is read. */
const PAGE = 1000;

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
      );
      const insert = this.#statement(sql.INSERT_ROW);
      for (const { row, machineId, deviceName, file, line, skip, message, action, input } of rows) {
        const note = message === undefined ? null : bounded(message);
        const own = [skip ?? null, note, action?.id ?? null, action?.status ?? null, jsonOf(input)];
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
    const { status, finishedAt, exitCode, note, observed } = { ...run, ...patch };
    this.#run(sql.UPDATE_RUN, status, finishedAt, exitCode, note === null ? null : bounded(note), observed && JSON.stringify(observed), id);
  }

  async *rows(runId: string): AsyncIterable<RunRow> {
    yield* this.#pages(sql.ROWS, runId, rowOf);
  }

  async *attempts(runId: string, beforeMs: number): AsyncIterable<QuotaAttempt> {
    for (const record of this.#all(sql.ATTEMPTS, runId, beforeMs)) yield quotaAttemptOf(record);
  }

  async *openCalls(runId: string): AsyncIterable<OpenCall> {
    yield* this.#pages(sql.OPEN_CALLS, runId, openCallOf);
  }

  async callsOfJob({ job, tenant, since }: { job: string; tenant: string; since: number }): Promise<JobCalls> {
    const count = (query: string): number => Number(this.#get(query, job, tenant, since)?.['count']);
    return { sent: count(sql.SENT_OF_JOB), open: count(sql.OPEN_OF_JOB) };
  }

  async callCounts(runId: string): Promise<{ calls: number; open: number }> {
    const counts = this.#get(sql.CALL_COUNTS, runId);
    return { calls: Number(counts?.['calls']), open: Number(counts?.['open']) };
  }

  async confirmedActions(runId: string): Promise<string[]> {
    return this.#all(sql.CONFIRMED, runId).map(({ id }) => String(id));
  }

  async beginAttempt(intent: Intent): Promise<BeginResult> {
    this.#checkPlace();
    return this.#transaction(() => {
      if (intent.runId !== null) this.#lockOf(intent.runId).check();
      const [at, server] = [this.#wall(intent.now), intent.server?.() ?? null];
      const quota = this.#quota(intent.quotaKey, intent.windows, at);
      const wait = this.#waitFor(quota, intent.windows, at);
      if (wait) return wait;
      const { runId, row, timeoutMs } = intent;
      const span = spanValues(server && { begun: server.earliest, ended: server.latest + timeoutMs });
      const { lastInsertRowid } = this.#run(sql.INSERT_ATTEMPT, runId, row, quota.n, at, timeoutMs, at + timeoutMs, ...span);
      return { begun: true, attempt: Number(lastInsertRowid) };
    });
  }

  async endAttempt(attempt: number, { at, server, answer, verdict, settlement }: AttemptEnd): Promise<void> {
    this.#transaction(() => {
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
    for (const lock of this.#locks.values()) lock.release();
    this.#locks.clear();
    this.#prepared.clear();
    if (this.#db.isOpen) this.#db.close();
  }

  #takeBack(runId: string, row: number): number {
    this.#run(sql.TURN_AWAY, runId, row);
    return Number(this.#run(sql.REOPEN_ROW, runId, row).changes);
  }

  #waitFor({ n, pausedUntil }: Quota, windows: readonly Window[], at: number): ReturnType<typeof waitFor> {
    const withBlocking = windows.map((window) => {
      const found = this.#get(sql.NTH_NEWEST, n, window.limit - 1);
      return { window, blocking: found && Number(found['counts_from']) };
    });
    return waitFor({ windows: withBlocking, pausedUntil }, at);
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

  *#pages<T>(query: string, runId: string, read: (record: sql.Record) => T): Iterable<T> {
    let last = 0;
    for (;;) {
      const page = this.#all(query, runId, last, PAGE);
      for (const record of page) yield read(record);
      if (page.length < PAGE) return;
      last = Number(page.at(-1)?.['row']);
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
