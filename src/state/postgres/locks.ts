/**
 * The locks of the runs that this process works on: session locks on one connection of their own, which the server frees
 * when that connection dies, and in each run an epoch that whoever gets the lock counts up. The epoch is what fences: while
 * the connection is being made anew somebody else may take a run, and then nothing of ours is written any more.
 */
import { setTimeout as pass } from 'node:timers/promises';
import type { Client } from 'pg';
import { LockLostError, TakenOverError, RunBusyError, StateError, UsageError } from '../../core/errors.ts';
import type { RunLock } from '../../core/ports.ts';
import { ask, type Database, type Row } from './database.ts';
import { asServerError } from './failures.ts';
import type { Statements } from './statements.ts';

/** A server that does not hear from a holder's machine for some 25 s frees its locks. */
const SESSION = `SET idle_session_timeout = 0; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3`;
const CHECK_MS = 5000;
const PAUSE_MS = 250;

interface Held {
  readonly n: number;
  readonly epoch: number;
  lost: boolean;
  /** Where the lock was got: a session that holds it would be granted it a second time. */
  session: Session | undefined;
}

export interface LocksDeps {
  readonly database: Database;
  readonly statements: Statements;
  /** The first of the two numbers that name a lock: the schema's. */
  readonly lockClass: number;
  /** A client that is not connected yet. */
  readonly connect: () => Client;
}

export class Locks {
  readonly #deps: LocksDeps;
  readonly #held = new Map<string, Held>();
  #session: Promise<Session> | undefined;
  #closed = false;

  constructor(deps: LocksDeps) {
    this.#deps = deps;
  }

  /** @throws RunBusyError when another process, or this one, holds it; StateError */
  async take(runId: string): Promise<RunLock> {
    if (this.#held.has(runId)) throw new RunBusyError(runId);
    // Taken before the first answer: two who ask at once in this process share one session, which would grant both.
    this.#held.set(runId, { n: 0, epoch: -1, lost: true, session: undefined });
    try {
      const held = await this.#take(runId);
      this.#held.set(runId, held);
      return { release: () => this.#release(runId, held) };
    } catch (error) {
      this.#held.delete(runId);
      throw asServerError(error, this.#deps.database.shown);
    }
  }

  /**
   * The epoch to write with: null where this process holds no lock, so that nobody asks for one.
   * @throws LockLostError when it held the lock and another process took it
   */
  epochOf(runId: string): number | null {
    const held = this.#held.get(runId);
    if (held?.lost) throw lost(runId);
    return held?.epoch ?? null;
  }

  /** The same where a lock is needed. @throws LockLostError */
  epochHeld(runId: string): number {
    const epoch = this.epochOf(runId);
    if (epoch === null) throw new LockLostError(`the lock of run ${runId} is not held`);
    return epoch;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#held.clear();
    const session = await this.#session?.catch(() => undefined);
    await session?.end();
  }

  async #take(runId: string): Promise<Held> {
    const { statements, lockClass } = this.#deps;
    const session = await this.#connected();
    const [found] = await session.rows(statements.tryLock, lockClass, runId);
    if (!found) throw new StateError(`there is no run ${runId}`);
    if (found['got'] !== 1) throw new RunBusyError(runId);
    const n = Number(found['n']);
    const [taken] = await session.rows(statements.takeOver, n);
    return { n, epoch: Number(taken?.['epoch']), lost: false, session };
  }

  async #release(runId: string, held: Held): Promise<void> {
    if (this.#held.get(runId) !== held) return;
    this.#held.delete(runId);
    // A session that broke has freed it already.
    const session = await this.#session?.catch(() => undefined);
    await session?.rows(this.#deps.statements.unlock, this.#deps.lockClass, held.n).catch(() => {});
  }

  async #connected(): Promise<Session> {
    this.#session ??= Session.open(this.#deps, (session) => void this.#broken(session));
    try {
      return await this.#session;
    } catch (error) {
      this.#session = undefined;
      throw error;
    }
  }

  /** Makes the connection anew, and takes each lock again unless somebody else had it meanwhile. */
  async #broken(old: Session): Promise<void> {
    this.#session = undefined;
    while (!this.#closed && [...this.#held.values()].some((held) => !held.lost)) {
      try {
        const session = await this.#connected();
        await session.endOther(old);
        for (const [runId, held] of this.#held) if (!held.lost && held.session !== session) await this.#retake(session, runId, held);
        return;
      } catch {
        await pass(PAUSE_MS, undefined, { ref: false });
      }
    }
  }

  async #retake(session: Session, runId: string, held: Held): Promise<void> {
    const { statements, lockClass } = this.#deps;
    const [found] = await session.rows(statements.tryLock, lockClass, runId);
    const got = found?.['got'] === 1;
    if (found?.['epoch'] !== held.epoch) {
      held.lost = true;
      if (got) await session.rows(statements.unlock, lockClass, held.n);
      return;
    }
    // Ours still, but not free yet: the server has not noticed that the old connection is gone.
    if (!got) throw new RunBusyError(runId);
    held.session = session;
  }
}

function lost(runId: string): TakenOverError {
  return new TakenOverError(`the lock of run ${runId} is no longer held: another process took it`);
}

/** One connection, straight to one server process for as long as it lives. */
class Session {
  readonly #client: Client;
  readonly #timer: NodeJS.Timeout;
  readonly #pid: number;
  #turn: Promise<unknown> = Promise.resolve();
  #onBroken: ((session: Session) => void) | undefined;

  private constructor(client: Client, pid: number, onBroken: (session: Session) => void) {
    this.#client = client;
    this.#pid = pid;
    this.#onBroken = onBroken;
    client.on('error', () => this.#break());
    client.on('end', () => this.#break());
    this.#timer = setInterval(() => void this.#check(), CHECK_MS);
    this.#timer.unref();
  }

  /** @throws UsageError behind a pooler that hands each statement to another server process */
  static async open({ database, connect }: LocksDeps, onBroken: (session: Session) => void): Promise<Session> {
    const client = connect();
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query(SESSION);
      const pid = await pidOf(client);
      // Somebody else's transaction takes what a pooler just got back: the next statement of this one then comes from elsewhere.
      const after = await database.run(async (other) => {
        await other.query('BEGIN');
        const others = await pidOf(other);
        const again = await pidOf(client);
        await other.query('COMMIT');
        return others === pid ? -1 : again;
      });
      if (after !== pid) throw pooled();
      return new Session(client, pid, onBroken);
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  }

  /** One statement at a time: several runs' locks are on this connection. */
  rows(text: string, ...values: (string | number)[]): Promise<Row[]> {
    const asked = this.#turn.then(() => ask(this.#client, { text, values }));
    this.#turn = asked.catch(() => {});
    return asked.then(({ rows }) => rows);
  }

  /** Ends what the server still keeps of an older session of ours, whose connection is gone on this side only. */
  async endOther(old: Session): Promise<void> {
    await this.rows(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND pid <> pg_backend_pid() AND usename = current_user AND application_name = 'cordon'",
      old.#pid,
    );
  }

  async end(): Promise<void> {
    this.#onBroken = undefined;
    clearInterval(this.#timer);
    await this.#client.end().catch(() => {});
  }

  /** A half-open connection says nothing of itself. */
  async #check(): Promise<void> {
    try {
      const [found] = await this.rows(PID);
      if (found?.['pid'] !== this.#pid) this.#break();
    } catch {
      this.#break();
    }
  }

  #break(): void {
    const tell = this.#onBroken;
    if (!tell) return;
    void this.end();
    tell(this);
  }
}

const PID = 'SELECT pg_backend_pid() AS pid';

async function pidOf(client: Pick<Client, 'query'>): Promise<number> {
  const found = await client.query<{ pid: number }>(PID);
  return found.rows[0]?.pid ?? 0;
}

function pooled(): UsageError {
  return new UsageError('the state is behind a pooler that gives each transaction another connection (pgbouncer in transaction mode?)', {
    hint: 'The lock of a run needs a connection of its own: name the server itself, or a pool in session mode.',
  });
}
