/** The shared state: one PostgreSQL for many processes on many machines. Times are the server's; every method is one transaction. */
import { randomUUID } from 'node:crypto';
import { bounded, boundedAnswer, boundedSettlement } from '../../core/bounds.ts';
import type { AttemptEnd, BeginResult, Intent, QuotaAttempt, QuotaUse, RunLock, RunOverview, RunPatch, State } from '../../core/ports.ts';
import type { Ensured } from '../../core/ensured.ts';
import { graceOf } from '../../core/quota.ts';
import { holdOf, longestWindow } from '../../core/rate.ts';
import { ordered } from '../../core/summary.ts';
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
} from '../../core/types.ts';
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
} from '../records.ts';
import { ask, type Client, type Database, type Row, type Parameter } from './database.ts';
import type { Locks } from './locks.ts';
import type { Statements } from './statements.ts';

/** Rows read at a time: what a page holds may be settled before the next is read. */
const PAGE = 1000;
/** Rows written, or attempts forgotten, at a time. */
const PIECE = 5000;
/** No bound: the largest row or place there can be. */
const ANY = 2_147_483_647;
/** Why an attempt may not begin, where it is not the quota itself. */
const OTHER_REASONS = ['pause', 'stop', 'priority'] as const;
/** A request that begins so much later than its record says would end later too: then the record is put right first. */
const SLOW_MS = 1000;

/** Which transactions have come to their end: another text once anything was written, by whomever, in any database of the server. */
const VERSION = 'SELECT hashtextextended(pg_current_snapshot()::text, 0) >> 11 AS version';

/** A statement of somebody else's, inside a transaction of the state's. */
type Execute = (text: string, values?: unknown[]) => Promise<{ rows: Row[] }>;

export interface PostgresDeps {
  readonly database: Database;
  readonly statements: Statements;
  readonly locks: Locks;
  readonly lockClass: number;
  /** This process' own clock, ms since the epoch: what it is told of times is said by this one. */
  readonly localNow: () => number;
  /** A clock that only goes forward, ms. */
  readonly mono: () => number;
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

  /** @param also is done in the same step: the queue keeps its job with the run, or neither is kept */
  async createRun(run: Run, rows: Iterable<PlannedRow>, also?: (execute: Execute) => Promise<void>): Promise<void> {
    await this.#database.transaction(async (client) => {
      const inserted = await ask(client, { text: this.#sql.insertRun, values: runValues(run) });
      const n = Number(inserted.rows[0]?.['n']);
      for (const piece of inPieces(rows)) await this.#insertRows(client, n, piece);
      await also?.(async (text, values) => ({ rows: (await client.query<Row>(text, values)).rows }));
    });
  }

  async run(id: string): Promise<Run | undefined> {
    const [found] = await this.#database.rows(this.#sql.run, id);
    return found && runOf(found);
  }

  async runs(): Promise<RunOverview[]> {
    const counts = new Map<number, Record<string, number>>();
    for (const group of await this.#database.rows(this.#sql.outcomeCounts)) {
      const [n, outcome, ofRun] = [Number(group['n']), groupOutcomeOf(group), counts.get(Number(group['n'])) ?? {}];
      counts.set(n, { ...ofRun, [outcome]: (ofRun[outcome] ?? 0) + Number(group['count']) });
    }
    const held = new Set((await this.#database.rows(this.#sql.held, this.#deps.lockClass >>> 0)).map(({ n }) => Number(n)));
    return (await this.#database.rows(this.#sql.runs)).map((record) => {
      const n = Number(record['n']);
      return overviewOf(record, ordered(counts.get(n) ?? {}), held.has(n));
    });
  }

  async updateRun(id: string, { status, finishedAt, exitCode, note, observed, released }: RunPatch): Promise<void> {
    const epoch = this.#locks.epochOf(id);
    const kept = observed && JSON.stringify(observed);
    const changes = [finishedAt, exitCode, typeof note === 'string' ? bounded(note) : note, kept, released].flatMap(
      (value): Parameter[] => [value !== undefined, value ?? null],
    );
    // Either there is no such run, which `fence` says, or its lock is lost, which it says too.
    if ((await this.#database.change(this.#sql.updateRun, id, epoch, status ?? null, ...changes)) === 0)
      await this.#database.rows(this.#sql.fence, id, epoch);
  }

  async *rows(runId: string): AsyncIterable<RunRow> {
    for await (const page of pages('row', (last) => this.#database.rows(this.#sql.rows, runId, last, PAGE))) yield* page.map(rowOf);
  }

  async *openCalls(runId: string, upTo: number = ANY): AsyncIterable<OpenCall> {
    const isPlaced = (await this.#database.rows(this.#sql.anyPlace, runId)).length > 0;
    const [query, bound] = isPlaced ? [this.#sql.openCallsByPlace, upTo] : [this.#sql.openCalls, ANY];
    for await (const page of pages('key', (last) => this.#database.rows(query, runId, last, bound, PAGE))) yield* page.map(openCallOf);
  }

  async *attempts(runId: string, beforeMs: number): AsyncIterable<QuotaAttempt> {
    yield* (await this.#database.rows(this.#sql.attempts, runId, beforeMs)).map(quotaAttemptOf);
  }

  async callsOfJob({ job, tenant, since }: { job: string; tenant: string; since: number }): Promise<JobCalls> {
    const [[sent], [open]] = await Promise.all([
      this.#database.rows(this.#sql.sentOfJob, job, tenant, since),
      this.#database.rows(this.#sql.openOfJob, job, tenant, since),
    ]);
    return { sent: Number(sent?.['count']), open: Number(open?.['count']) };
  }

  async callCounts(runId: string, upTo: number = ANY): Promise<{ calls: number; open: number }> {
    const [counts] = await this.#database.rows(this.#sql.callCounts, runId, upTo);
    return { calls: Number(counts?.['calls']), open: Number(counts?.['open']) };
  }

  async confirmedActions(runId: string): Promise<string[]> {
    return (await this.#database.rows(this.#sql.confirmed, runId)).map(({ id }) => String(id));
  }

  async followedActions(runId: string, which: 'open' | 'all'): Promise<FollowedAction[]> {
    return (await this.#database.rows(which === 'open' ? this.#sql.openActions : this.#sql.followedActions, runId)).map(followedOf);
  }

  async statusCounts(runId: string): Promise<Readonly<Record<string, number>>> {
    const counts = await this.#database.rows(this.#sql.statusCounts, runId);
    return Object.fromEntries(counts.map(({ status, count }) => [String(status), Number(count)]));
  }

  async recordStatuses(runId: string, seen: readonly SeenStatus[]): Promise<number[]> {
    const column = <T>(of: (one: SeenStatus) => T): T[] => seen.map(of);
    const what = [column(({ row }) => row), column(({ actionId }) => actionId), column(({ status }) => bounded(status))];
    const when = [column(({ at }) => Math.round(at)), column(({ endedAt }) => (endedAt === null ? null : Math.round(endedAt)))];
    return (await this.#database.rows(this.#sql.seeStatuses, runId, ...what, ...when)).map(({ row }) => Number(row));
  }

  async *statusChanges(runId: string): AsyncIterable<StatusChange> {
    yield* (await this.#database.rows(this.#sql.statusChanges, runId)).map(changeOf);
  }

  async recordLastSeen(runId: string, seen: ReadonlyMap<string, string>): Promise<void> {
    await this.#database.change(
      this.#sql.seeMachines,
      runId,
      [...seen.keys()],
      Array.from(seen.values(), (text) => bounded(text)),
    );
  }

  async recordOpposed(runId: string, seen: readonly SeenOpposed[]): Promise<void> {
    const [rows, actions] = [seen.map(({ row }) => row), seen.map(({ actionId }) => actionId)];
    await this.#database.change(
      this.#sql.seeOpposed,
      runId,
      rows,
      actions,
      seen.map(({ opposed }) => opposedText(opposed)),
    );
  }

  async askToStop(runId: string, stop: boolean): Promise<void> {
    await this.#database.change(this.#sql.askToStop, runId, stop ? 1 : 0);
  }

  async isStopAsked(runId: string): Promise<boolean> {
    const [found] = await this.#database.rows(this.#sql.isStopAsked, runId);
    return Number(found?.['stop_asked']) === 1;
  }

  async beginAttempt(intent: Intent): Promise<BeginResult> {
    const { runId, row, quotaKey, windows, timeoutMs, priority } = intent;
    const epoch = runId === null ? null : this.#locks.epochHeld(runId);
    const limits = windows.map(({ limit }) => limit);
    const quota: Parameter[] = [quotaKey, limits, windows.map(holdOf), longestWindow(windows)];
    const nonce = randomUUID();
    const claim: Parameter[] = [priority === 'high', graceOf(windows), this.#deps.lockClass >>> 0];
    const { took, begun } = await this.#timed(async (client) => {
      // Asked for each try: a server that was away for a while has moved the attempt's end.
      const server = intent.server?.() ?? null;
      const span = spanValues(server && { begun: server.earliest, ended: server.latest + timeoutMs });
      const answer = await ask(client, {
        text: this.#sql.begin,
        values: [runId, epoch, row, ...quota, timeoutMs, nonce, ...span, ...claim],
      });
      return answer.rows[0];
    });
    const { attempt = null, wait_ms: waitMs, because } = begun ?? {};
    if (attempt === null)
      return { begun: false, waitMs: Number(waitMs), because: OTHER_REASONS.find((known) => known === because) ?? 'quota' };
    // Twice, because this takes its time too.
    if (took > SLOW_MS) await this.#database.change(this.#sql.postpone, Number(attempt), Math.ceil(2 * took));
    return { begun: true, attempt: Number(attempt) };
  }

  async endAttempt(attempt: number, { answer, verdict, settlement, server }: AttemptEnd): Promise<void> {
    const values = [...spanValues(server ?? null), ...settlementValues(settlement)];
    await this.#database.rows(this.#sql.end, attempt, verdict, answer && JSON.stringify(boundedAnswer(answer)), ...values);
  }

  async ruleOut(runId: string, row: number): Promise<void> {
    await this.#database.change(this.#sql.ruleOut, runId, this.#locks.epochOf(runId), row);
  }

  async settle(runId: string, row: number, settlement: Settlement): Promise<void> {
    await this.#database.rows(this.#sql.settle, runId, this.#locks.epochOf(runId), row, ...settlementValues(settlement));
  }

  async reopen(runId: string, which: { outcomes: readonly string[] } | { rows: readonly number[] }): Promise<number> {
    const epoch = this.#locks.epochOf(runId);
    if ('outcomes' in which) return this.#database.change(this.#sql.reopenOutcomes, runId, epoch, which.outcomes);
    const [taken] = await this.#database.rows(this.#sql.takeBack, runId, epoch, which.rows);
    return Number(taken?.['count']);
  }

  async reissue(runId: string, rows: readonly number[]): Promise<number> {
    const [reissued] = await this.#database.rows(this.#sql.reissue, runId, this.#locks.epochOf(runId), rows);
    return Number(reissued?.['count']);
  }

  async earlierActions(runId: string): Promise<string[]> {
    return (await this.#database.rows(this.#sql.earlier, runId)).map(({ id }) => String(id));
  }

  async ensured({ job, tenant }: { job: string; tenant: string }): Promise<Ensured[]> {
    return (await this.#database.rows(this.#sql.ensured, job, tenant)).map((record) => ({
      machineId: String(record['machine_id']),
      actionIds: textListOf(record['actions']),
      lastRun: String(record['last_run']),
    }));
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

  async version(): Promise<number> {
    const [found] = await this.#database.rows(VERSION);
    return Number(found?.['version']);
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

  /** The result of the last try, and how long that one took. */
  async #timed<T>(work: (client: Client) => Promise<T>): Promise<{ took: number; begun: T }> {
    return this.#database.run(async (client) => {
      const before = this.#deps.mono();
      const begun = await work(client);
      return { took: this.#deps.mono() - before, begun };
    });
  }

  async #insertRows(client: Client, n: number, rows: readonly PlannedRow[]): Promise<void> {
    const column = <T>(of: (row: PlannedRow) => T): T[] => rows.map(of);
    const where = [column(({ file }) => file), column(({ line }) => line)];
    const what = [column(({ row }) => row), column(({ machineId }) => bounded(machineId)), column(({ deviceName }) => bounded(deviceName))];
    const why = [column(({ skip }) => skip ?? null), column(({ message }) => (message === undefined ? null : bounded(message)))];
    const more = [
      column(({ action }) => action?.id ?? null),
      column(({ action }) => action?.status ?? null),
      column(({ input }) => jsonOf(input)),
      column(({ position }) => position ?? null),
    ];
    await ask(client, { text: this.#sql.insertRows, values: [n, ...what, ...where, ...why, ...more] });
  }
}

/** `key` is the column by which a page is in order, and after whose last value the next one begins. */
async function* pages(key: string, pageAfter: (last: number) => Promise<Row[]>): AsyncIterable<Row[]> {
  for (let last = 0; ;) {
    const page = await pageAfter(last);
    yield page;
    if (page.length < PAGE) return;
    last = Number(page.at(-1)?.[key]);
  }
}

/** Whole milliseconds, each to the side that is the safe one. */
function spanValues(span: { readonly begun: number; readonly ended: number } | null): [number | null, number | null] {
  return span ? [Math.floor(span.begun), Math.ceil(span.ended)] : [null, null];
}

function runValues(run: Run): Parameter[] {
  const {
    id,
    job,
    tenant,
    clientId,
    host,
    comment,
    operator,
    listHash,
    planHash,
    createdAt,
    status,
    finishedAt,
    exitCode,
    note,
    observed,
  } = run;
  const who = [id, job, tenant, clientId, host, comment, operator, run.emulated ? 1 : 0, listHash, planHash];
  return [
    ...who,
    JSON.stringify(run.settings),
    createdAt,
    status,
    finishedAt,
    exitCode,
    note,
    observed && JSON.stringify(observed),
    jsonOf(run.parameters),
    run.kind ?? null,
    run.originRun ?? null,
    run.released ?? null,
  ];
}

function settlementValues(settlement: Settlement | undefined): (string | number | null)[] {
  const { outcome, actionId, actionStatus, deviceName, httpStatus, errorCode, message }: Partial<Settlement> = settlement
    ? boundedSettlement(settlement)
    : {};
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
