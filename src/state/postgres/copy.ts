/** `cordon state copy`: what a file keeps goes into a shared state, table by table; the file then says where it went. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { UsageError } from '../../core/errors.ts';
import type { RunLock } from '../../core/ports.ts';
import { SqliteState } from '../sqlite.ts';
import { parseAddress } from './address.ts';
import { openDatabase, type Client, type Database } from './database.ts';
import { migrate } from './migrate.ts';

export interface Copied {
  /** Ids of the runs that are in the shared state now. */
  readonly runs: readonly string[];
  /** Ids of those that were there already: an earlier copy was interrupted, or done. */
  readonly already: readonly string[];
  readonly rows: number;
  readonly attempts: number;
}

interface Source {
  readonly db: DatabaseSync;
  readonly state: SqliteState;
}

/** Records moved at a time. */
const PIECE = 2000;

/**
 * Copies runs, rows, attempts and the quota's memory, in one transaction. Unfinished runs are locked meanwhile, and marked as
 * done in the file afterwards: a run must never be resumed in two places. Asked again after an interruption, it does the rest.
 * @param from the SQLite file @param to the shared state's address
 * @throws UsageError when there is no such file or the kinds differ; RunBusyError when a process works on a run of it; StateError
 */
export async function copyState(from: string, to: string, env: NodeJS.ProcessEnv): Promise<Copied> {
  if (!existsSync(from)) throw new UsageError(`there is no state ${from}`);
  const state = new SqliteState(from, { emulated: undefined });
  const source = { state, db: new DatabaseSync(from, { readOnly: true }) };
  try {
    return await copyFrom(source, to, env);
  } finally {
    source.db.close();
    await state.close();
  }
}

async function copyFrom(source: Source, to: string, env: NodeJS.ProcessEnv): Promise<Copied> {
  const address = parseAddress(to, env);
  const { database } = await openDatabase(address, env, 60_000);
  const locks: RunLock[] = [];
  try {
    await migrate(database, address.schema, kindOf(source.db), 15_000);
    const runs = await source.state.runs();
    const unfinished = runs.filter(({ status }) => status !== 'done').map(({ id }) => id);
    for (const id of unfinished) locks.push(await source.state.lockRun(id));
    const copied = await copyTables(source.db, database, address.schema);
    for (const id of unfinished) await source.state.updateRun(id, { status: 'done', note: `moved to ${address.shown}` });
    return copied;
  } finally {
    for (const lock of locks) await lock.release();
    await database.close();
  }
}

function kindOf(db: DatabaseSync): boolean | undefined {
  const kind = db.prepare("SELECT value FROM meta WHERE key = 'kind'").get()?.['value'];
  return kind === undefined ? undefined : kind === 'emulated';
}

function copyTables(db: DatabaseSync, database: Database, s: string): Promise<Copied> {
  return database.transaction(async (client) => {
    // Nobody else numbers a run while these get their numbers.
    await client.query(`LOCK TABLE ${s}.run, ${s}.quota IN SHARE ROW EXCLUSIVE MODE`);
    const known = await client.query<{ id: string }>(`SELECT id FROM ${s}.run`);
    const there = new Set(known.rows.map(({ id }) => id));
    const runs = all(db, 'SELECT * FROM run ORDER BY n');
    const fresh = runs.filter(({ id }) => !there.has(String(id)));
    const numbers = await insertRuns(client, s, fresh);
    const quotas = await insertQuotas(client, s, all(db, 'SELECT * FROM quota'));
    const rows = await insertRows(client, s, db, numbers);
    await insertChanges(client, s, db, numbers);
    const attempts = await insertAttempts(client, s, db, numbers, quotas, runs.length === fresh.length);
    const ids = (of: readonly Fields[]): string[] => of.map(({ id }) => String(id));
    return { runs: ids(fresh), already: ids(runs.filter((run) => !fresh.includes(run))), rows, attempts };
  });
}

type Fields = Record<string, unknown>;
/** A number in the file -> the number in the shared state. */
type Numbers = ReadonlyMap<unknown, number>;

async function insertRuns(client: Client, s: string, runs: readonly Fields[]): Promise<Numbers> {
  const numbers = new Map<unknown, number>();
  for (const { n, ...run } of runs) {
    const [inserted] = await insert(client, `${s}.run`, [run], 'RETURNING n');
    numbers.set(n, Number(inserted?.['n']));
  }
  return numbers;
}

async function insertQuotas(client: Client, s: string, quotas: readonly Fields[]): Promise<Numbers> {
  const numbers = new Map<unknown, number>();
  for (const { n, ...quota } of quotas) {
    const merge = 'ON CONFLICT (key) DO UPDATE SET paused_until = greatest(quota.paused_until, excluded.paused_until) RETURNING n';
    const [inserted] = await insert(client, `${s}.quota`, [quota], merge);
    numbers.set(n, Number(inserted?.['n']));
  }
  return numbers;
}

async function insertRows(client: Client, s: string, db: DatabaseSync, runs: Numbers): Promise<number> {
  let count = 0;
  for (const piece of pieces(db, 'SELECT * FROM row ORDER BY run_n, row')) {
    const own = piece.filter(({ run_n }) => runs.has(run_n)).map((row) => ({ ...row, run_n: runs.get(row['run_n']) }));
    await insert(client, `${s}.rows`, own);
    count += own.length;
  }
  return count;
}

async function insertChanges(client: Client, s: string, db: DatabaseSync, runs: Numbers): Promise<void> {
  for (const piece of pieces(db, 'SELECT * FROM status_change ORDER BY id')) {
    const own = piece.filter(({ run_n }) => runs.has(run_n));
    await insert(
      client,
      `${s}.status_change`,
      own.map((one) => ({ ...without(one, 'id'), run_n: runs.get(one['run_n']) })),
    );
  }
}

/** @param isFirst reads that belong to no run are copied by the first copy alone */
async function insertAttempts(
  client: Client,
  s: string,
  db: DatabaseSync,
  runs: Numbers,
  quotas: Numbers,
  isFirst: boolean,
): Promise<number> {
  let count = 0;
  for (const piece of pieces(db, 'SELECT * FROM attempt ORDER BY id')) {
    const own = piece
      .filter(({ run_n }) => (run_n === null ? isFirst : runs.has(run_n)))
      .map((one) => ({ ...without(one, 'id'), epoch: 0, run_n: runs.get(one['run_n']) ?? null, quota_n: quotas.get(one['quota_n']) }));
    await insert(client, `${s}.attempt`, own);
    count += own.length;
  }
  return count;
}

function without(record: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

/** Inserts records whose fields are named as the columns are. */
async function insert(client: Client, table: string, records: readonly Fields[], more = ''): Promise<Fields[]> {
  const [first] = records;
  if (!first) return [];
  const columns = Object.keys(first).join(', ');
  // In a JSON text a NUL is the escape \u0000, which PostgreSQL takes for no text.
  const json = JSON.stringify(records, (_, value: unknown) => (typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value));
  const text = `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(null::${table}, $1) ${more}`;
  return (await client.query<Fields>(text, [json])).rows;
}

function all(db: DatabaseSync, query: string): Fields[] {
  return db.prepare(query).all();
}

function* pieces(db: DatabaseSync, query: string): Iterable<Fields[]> {
  let piece: Fields[] = [];
  for (const record of db.prepare(query).iterate()) {
    piece.push(record);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}
