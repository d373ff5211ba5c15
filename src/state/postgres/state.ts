/** The shared state: one PostgreSQL for many processes on many machines. Times are the server's; every method is one transaction. */
import { randomUUID } from 'node:crypto';
import type { AttemptEnd, BeginResult, Intent, QuotaUse, RunLock, RunOverview, RunPatch, State } from '../../core/ports.ts';
import { holdOf, longestWindow } from '../../core/rate.ts';
import { ordered } from '../../core/summary.ts';
import type { OpenCall, PlannedRow, Run, RunRow, Settlement, Window } from '../../core/types.ts';
import { openCallOf, overviewOf, rowOf, runOf } from '../records.ts';
import { ask, type Client, type Database, type Row, type Value } from './database.ts';
import type { Locks } from './locks.ts';
import type { Statements } from './statements.ts';

/** Rows read at a time: what a page holds may be settled before the next is read. */
const PAGE = 1000;
/** Rows written, or attempts forgotten, at a time. */
const PIECE = 5000;

export interface PostgresDeps {
  readonly database: Database;
  readonly statements: Statements;
  readonly locks: Locks;
  readonly lockClass: number;
  /** This process' own clock, ms since the epoch: what it is told of times is said by this one. */
  readonly localNow: () => number;
}

export class PostgresState implements State {
  readonly #deps: PostgresDeps;
  readonly #database: Database;
  readonly #sql: Statements;
  readonly #locks: Locks;

  constructor(deps: PostgresDeps) {
    this.#deps = deps;
    this.#database = deps.database;
    this.#sql = deps.statements;
    this.#locks = deps.locks;
  }

  async createRun(run: Run, rows: Iterable<PlannedRow>): Promise<void> {
    await this.#database.transaction(async (client) => {
      const inserted = await ask(client, { text: this.#sql.insertRun, values: runValues(run) });
      const n = Number(inserted.rows[0]?.['n']);
      for (const piece of inPieces(rows)) await this.#insertRows(client, n, piece);
    });
  }

  async run(id: string): Promise<Run | undefined> {
    const [found] = await this.#database.rows(this.#sql.run, id);
    return found && runOf(found);
  }

  async runs(): Promise<RunOverview[]> {
    const counts = new Map<number, Record<string, number>>();
    for (const { n, outcome, count } of await this.#database.rows(this.#sql.outcomeCounts))
      counts.set(Number(n), { ...counts.get(Number(n)), [String(outcome)]: Number(count) });
    const held = new Set((await this.#database.rows(this.#sql.held, this.#deps.lockClass >>> 0)).map(({ n }) => Number(n)));
    return (await this.#database.rows(this.#sql.runs)).map((record) => {
      const n = Number(record['n']);
      return overviewOf(record, ordered(counts.get(n) ?? {}), held.has(n));
    });
  }

  async updateRun(id: string, { status, finishedAt, exitCode, note }: RunPatch): Promise<void> {
    const epoch = this.#locks.epochOf(id);
    const changes = [finishedAt, exitCode, note].flatMap((value): Value[] => [value !== undefined, value ?? null]);
    // Either there is no such run, which `fence` says, or its lock is lost, which it says too.
    if ((await this.#database.change(this.#sql.updateRun, id, epoch, status ?? null, ...changes)) === 0)
      await this.#database.rows(this.#sql.fence, id, epoch);
  }

  async *rows(runId: string): AsyncIterable<RunRow> {
    for await (const page of this.#pages(this.#sql.rows, runId)) yield* page.map(rowOf);
  }

  async *openCalls(runId: string): AsyncIterable<OpenCall> {
    for await (const page of this.#pages(this.#sql.openCalls, runId)) {
      const now = this.#deps.localNow();
      yield* page.map((record) => openCallOf({ ...record, doubt_since: since(record['doubt_in'], now) }));
    }
  }

  async callCounts(runId: string): Promise<{ calls: number; open: number }> {
    const [counts] = await this.#database.rows(this.#sql.callCounts, runId);
    return { calls: Number(counts?.['calls']), open: Number(counts?.['open']) };
  }

  async beginAttempt({ runId, row, quotaKey, windows, timeoutMs }: Intent): Promise<BeginResult> {
    const epoch = runId === null ? null : this.#locks.epochHeld(runId);
    const limits = windows.map(({ limit }) => limit);
    const quota: Value[] = [quotaKey, limits, windows.map(holdOf), longestWindow(windows)];
    const [begun] = await this.#database.rows(this.#sql.begin, runId, epoch, row, ...quota, timeoutMs, randomUUID());
    const { attempt = null, wait_ms: waitMs, because } = begun ?? {};
    if (attempt !== null) return { begun: true, attempt: Number(attempt) };
    return { begun: false, waitMs: Number(waitMs), because: because === 'pause' ? 'pause' : 'quota' };
  }

  async endAttempt(attempt: number, { answer, verdict, settlement }: AttemptEnd): Promise<void> {
    const settled = settlementValues(settlement);
    await this.#database.rows(this.#sql.end, attempt, verdict, answer && JSON.stringify(answer), ...settled);
  }

  async ruleOut(runId: string, row: number): Promise<void> {
    await this.#database.change(this.#sql.ruleOut, runId, this.#locks.epochOf(runId), row);
  }

  async settle(runId: string, row: number, settlement: Settlement): Promise<void> {
    await this.#database.rows(this.#sql.settle, runId, this.#locks.epochOf(runId), row, ...settlementValues(settlement));
  }

  async reopen(runId: string, which: { outcomes: readonly string[] } | { rows: readonly number[] }): Promise<number> {
    const epoch = this.#locks.epochOf(runId);
    return 'rows' in which
      ? this.#database.change(this.#sql.reopenRows, runId, epoch, which.rows)
      : this.#database.change(this.#sql.reopenOutcomes, runId, epoch, which.outcomes);
  }

  async pause(quotaKey: string, until: number): Promise<void> {
    await this.#database.rows(this.#sql.pause, quotaKey, Math.ceil(until - this.#deps.localNow()));
  }

  async quotaUse(quotaKey: string, windows: readonly Window[], now: () => number): Promise<QuotaUse> {
    const hold = Math.max(...windows.map(holdOf));
    const [use] = await this.#database.rows(this.#sql.quotaUse, quotaKey, hold, longestWindow(windows));
    const at = now();
    const countsIn = String(use?.['counts_in'] ?? '');
    const pausedIn = Number(use?.['paused_in']);
    return {
      countsFrom: countsIn === '' ? [] : countsIn.split(',').map((ms) => at + Number(ms)),
      pausedUntil: pausedIn > 0 ? at + pausedIn : null,
    };
  }

  lockRun(runId: string): Promise<RunLock> {
    return this.#locks.take(runId);
  }

  async runOfPlan(planHash: string): Promise<Run | undefined> {
    const [found] = await this.#database.rows(this.#sql.runOfPlan, planHash);
    return found && runOf(found);
  }

  /** Run by run: others go on working meanwhile, and what was forgotten before a connection broke stays so. */
  async prune(before: number): Promise<string[]> {
    const forgotten: string[] = [];
    for (const { id } of await this.#database.rows(this.#sql.oldRuns, before)) {
      await this.#database.change(this.#sql.forgetAttempts, String(id), before);
      forgotten.push(...(await this.#database.rows(this.#sql.forgetRun, String(id), before)).map((gone) => String(gone['id'])));
    }
    while ((await this.#database.change(this.#sql.forgetReads, before, PIECE)) === PIECE);
    return forgotten;
  }

  async close(): Promise<void> {
    await this.#locks.close();
    await this.#database.close();
  }

  async #insertRows(client: Client, n: number, rows: readonly PlannedRow[]): Promise<void> {
    const column = <T>(of: (row: PlannedRow) => T): T[] => rows.map(of);
    const where = [column(({ file }) => file), column(({ line }) => line)];
    const what = [column(({ row }) => row), column(({ machineId }) => machineId), column(({ deviceName }) => deviceName)];
    const why = [column(({ skip }) => skip ?? null), column(({ message }) => message ?? null)];
    await ask(client, { text: this.#sql.insertRows, values: [n, ...what, ...where, ...why] });
  }

  async *#pages(query: string, runId: string): AsyncIterable<Row[]> {
    for (let last = 0; ;) {
      const page = await this.#database.rows(query, runId, last, PAGE);
      yield page;
      if (page.length < PAGE) return;
      last = Number(page.at(-1)?.['row']);
    }
  }
}

/** An instant of the server's, told as so many ms from now, by this process' clock. */
function since(inMs: unknown, now: number): number | null {
  return typeof inMs === 'number' ? now + inMs : null;
}

function runValues(run: Run): Value[] {
  const { id, job, tenant, clientId, host, comment, operator, listHash, planHash, createdAt, status, finishedAt, exitCode, note } = run;
  const who = [id, job, tenant, clientId, host, comment, operator, run.emulated ? 1 : 0, listHash, planHash];
  return [...who, JSON.stringify(run.settings), createdAt, status, finishedAt, exitCode, note];
}

function settlementValues(settlement: Settlement | undefined): (string | number | null)[] {
  const { outcome, actionId, actionStatus, deviceName, httpStatus, errorCode, message }: Partial<Settlement> = settlement ?? {};
  return [outcome, actionId, actionStatus, deviceName, httpStatus, errorCode, message].map((value) => value ?? null);
}

function* inPieces<T>(items: Iterable<T>): Iterable<T[]> {
  let piece: T[] = [];
  for (const item of items) {
    piece.push(item);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}
