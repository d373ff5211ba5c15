/** Connections to the server, and patience with it: a restart or a failover is waited out, a while. */
import { setTimeout as pass } from 'node:timers/promises';
import type { ClientConfig, Pool, PoolClient, QueryResult } from 'pg';
import { StateError } from '../../core/errors.ts';
import type { SQLOutputValue } from 'node:sqlite';
import type { Address } from './address.ts';
import { asServerError, isPassing } from './failures.ts';
import { passwordFor } from './password.ts';

/** Statements wait for each other on the server anyway: a few connections carry all that one process has to say. */
const CONNECTIONS = 4;
const CONNECT_MS = 10_000;
/** Longer than any statement of ours takes: a connection that is silent for so long is half open. */
const STATEMENT_MS = 30_000;
const LONGEST_PAUSE_MS = 2000;

export type Parameter = string | number | boolean | null | readonly (string | number | null)[];
export type Row = { [column: string]: SQLOutputValue };
export type Client = Pick<PoolClient, 'query'>;

export interface Statement {
  readonly text: string;
  readonly values: readonly Parameter[];
}

export interface Patience {
  /** How long a server that is away is waited for, ms. */
  readonly patienceMs: number;
  /** Whether the work may be done a second time when the connection broke and it is not known what it did. */
  readonly again: boolean;
}

export class Database {
  readonly shown: string;
  readonly #pool: Pool;
  readonly #closing = new AbortController();
  readonly #patienceMs: number;
  #awaySince: number | undefined;

  constructor(pool: Pool, shown: string, patienceMs: number) {
    this.#pool = pool;
    this.shown = shown;
    this.#patienceMs = patienceMs;
    // Idle connections break too; the next statement finds out, and gets another. Without a listener the process would end.
    pool.on('error', () => {});
  }

  /** One statement that may safely be made twice. @throws StateError */
  async rows(text: string, ...values: Parameter[]): Promise<Row[]> {
    return (await this.run((client) => ask(client, { text, values }))).rows;
  }

  /** One statement that may safely be made twice; resolves to the number of rows it touched. @throws StateError */
  async change(text: string, ...values: Parameter[]): Promise<number> {
    return (await this.run((client) => ask(client, { text, values }))).rowCount ?? 0;
  }

  /**
   * All or nothing, on one connection. Never made twice: after a connection broke at its end, nobody knows what it did.
   * @throws StateError
   */
  transaction<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return this.run((client) => inTransaction(client, work), { again: false });
  }

  /** @throws StateError; StateUnavailableError when the server stayed away for as long as was waited */
  async run<T>(work: (client: Client) => Promise<T>, options: Partial<Patience> = {}): Promise<T> {
    const { patienceMs = this.#patienceMs, again = true } = options;
    for (let pauseMs = 50; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const tried = await this.#once(work);
      if ('result' in tried) return tried.result;
      const { error, begun } = tried;
      if (!isPassing(error) || (begun && !again) || !this.#mayWait(pauseMs, patienceMs)) throw asServerError(error, this.shown);
      await pass(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => {});
    }
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#pool.end();
  }

  /** Waits are counted since the server went away, whoever met it first: after one gave up, the next asks only once. */
  #mayWait(pauseMs: number, patienceMs: number): boolean {
    const now = performance.now();
    this.#awaySince ??= now;
    return !this.#closing.signal.aborted && now + pauseMs <= this.#awaySince + patienceMs;
  }

  async #once<T>(work: (client: Client) => Promise<T>): Promise<{ result: T } | { error: unknown; begun: boolean }> {
    if (this.#closing.signal.aborted) return { error: new StateError(`the state ${this.shown} is closed`), begun: false };
    let client: PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      return { error, begun: false };
    }
    // A connection that breaks while it is lent says so here too; the statement's rejection is what counts.
    const broken = (): void => {};
    client.on('error', broken);
    try {
      const result = await work(client);
      client.release();
      this.#awaySince = undefined;
      return { result };
    } catch (error) {
      client.release(isPassing(error));
      return { error, begun: true };
    } finally {
      client.off('error', broken);
    }
  }
}

async function inTransaction<T>(client: Client, work: (client: Client) => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // Where the connection is what broke, the server rolls back by itself.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** PostgreSQL's text holds no NUL; whoever put one into a list is shown that something was there. */
export function ask(client: Client, { text, values }: Statement): Promise<QueryResult<Row>> {
  return client.query<Row>(text, values.map(withoutNul));
}

function withoutNul(value: Parameter): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD');
  return Array.isArray(value) ? value.map(withoutNul) : value;
}

/** How every connection of a state is made. */
function clientConfig(address: Address, password: () => string, types: typeof import('pg').types): ClientConfig {
  const { host, port, user, database, tls } = address;
  return {
    host,
    port,
    user,
    database,
    ssl: tls,
    // A function: read anew for each connection, as it may be changed; and pg looks nowhere else by itself.
    password,
    application_name: 'cordon',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
    // Milliseconds and counts are whole numbers far below 2^53.
    types: { getTypeParser: (oid, format) => (oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)) },
  };
}

/** @param env gives the password: see `passwordFor` */
export async function openDatabase(
  address: Address,
  env: NodeJS.ProcessEnv,
  patienceMs: number,
): Promise<{ database: Database; connect: () => import('pg').Client }> {
  const pg = await import('pg');
  const config = clientConfig(address, () => passwordFor(address, env) ?? '', pg.types);
  const pool = new pg.Pool({ ...config, max: CONNECTIONS, idleTimeoutMillis: 60_000, allowExitOnIdle: true });
  return { database: new Database(pool, address.shown, patienceMs), connect: () => new pg.Client(config) };
}
