import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LockLostError, RunBusyError, StateError, StateUnavailableError, UsageError } from '../../src/core/errors.ts';
import { holdOf } from '../../src/core/rate.ts';
import type { Intent, State } from '../../src/core/ports.ts';
import { openPostgres, type PostgresOptions } from '../../src/state/postgres/index.ts';
import { aRow, aRun, rows } from '../support/builders.ts';
import { cuttingProxy } from '../support/cutting-proxy.ts';
import { BIN, PASSWORD, startPostgres, type TestServer } from '../support/postgres.ts';

const RUN = aRun().id;
const KEY = 'contoso/app/restrict';
const WINDOWS = [{ limit: 5, ms: 60_000 }];

describe.skipIf(BIN === undefined)('a state on a PostgreSQL server', () => {
  let server: TestServer;
  let schema = '';
  let made = 0;
  beforeAll(async () => void (server = await startPostgres()), 60_000);
  afterAll(() => server.close());
  beforeEach(() => {
    made += 1;
    schema = `s${made}`;
  });

  const address = (port = server.port): string => `postgres://cordon@127.0.0.1:${port}/cordon?schema=${schema}`;
  const open = (options: Partial<PostgresOptions> = {}, port?: number): Promise<State> =>
    openPostgres(address(port), { emulated: false, env: server.env, ...options });
  const intent = (row: number, overrides: Partial<Intent> = {}): Intent => ({
    runId: RUN,
    row,
    quotaKey: KEY,
    windows: WINDOWS,
    now: Date.now,
    timeoutMs: 30_000,
    ...overrides,
  });
  const begun = async (state: State, row: number): Promise<number> => {
    const result = await state.beginAttempt(intent(row));
    if (!result.begun) throw new Error(`not begun: ${result.because}`);
    return result.attempt;
  };
  const working = async (count = 5): Promise<State> => {
    const state = await open();
    await state.createRun(aRun(), rows(count));
    await state.lockRun(RUN);
    return state;
  };
  const attempts = async (): Promise<number> => Number((await server.query(`SELECT count(*) AS n FROM ${schema}.attempt`)).rows[0].n);

  describe('when it is opened', () => {
    it('is made once, whoever of eight gets there first', async () => {
      const states = await Promise.all(Array.from({ length: 8 }, () => open()));
      await states[0]?.createRun(aRun(), rows(2));
      expect(await states[7]?.callCounts(RUN)).toEqual({ calls: 2, open: 2 });
      await Promise.all(states.map((state) => state.close()));
    });

    it('is refused when a newer version wrote it, and left as it is', async () => {
      await (await open()).close();
      await server.query(`UPDATE ${schema}.meta SET value = '99' WHERE key = 'version'`);
      await expect(open()).rejects.toThrow('newer cordon (version 99');
      expect((await server.query(`SELECT value FROM ${schema}.meta WHERE key = 'version'`)).rows).toEqual([{ value: '99' }]);
    });

    it('is refused when the schema is another program’s, and left as it is', async () => {
      await server.query(`CREATE SCHEMA ${schema}`);
      await server.query(`CREATE TABLE ${schema}.meta (diary text)`);
      await expect(open()).rejects.toThrow(UsageError);
      expect((await server.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [schema])).rows).toEqual([{ tablename: 'meta' }]);
    });

    it('never holds both real and emulated runs', async () => {
      await (await open({ emulated: true })).close();
      await expect(open({ emulated: false })).rejects.toThrow('holds emulated runs');
      await (await open({ emulated: undefined })).close();
    });

    it('says what to do about a refused password or a missing database', async () => {
      const refused = await open({ env: { PGPASSWORD: 'hunter2' } }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(UsageError);
      expect(JSON.stringify(refused)).toContain('PGPASSFILE');
      expect(String(refused)).not.toContain('hunter2');
      await expect(openPostgres(`postgres://cordon@127.0.0.1:${server.port}/none`, { emulated: false, env: server.env })).rejects.toThrow(
        UsageError,
      );
    });

    it('is an outage (exit 5) when nobody listens', async () => {
      const error = await openPostgres('postgres://ana@127.0.0.1:1/x', { emulated: false, env: {}, openPatienceMs: 1 }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(StateUnavailableError);
      expect(error).toMatchObject({ exitCode: 5 });
    });

    it('takes the password from PGPASSFILE, unless others can read it', async () => {
      const file = join(server.folder, 'pgpass');
      const escaped = PASSWORD.replaceAll(/[:\\]/g, '\\$&');
      writeFileSync(file, `# comment\nother:*:*:*:x\n127.0.0.1:${server.port}:*:cordon:${escaped}\n`, { mode: 0o600 });
      await (await open({ env: { PGPASSFILE: file } })).close();
      chmodSync(file, 0o644);
      await expect(open({ env: { PGPASSFILE: file } })).rejects.toThrow('can be read by others');
      chmodSync(file, 0o640);
      await expect(open({ env: { PGPASSFILE: file } })).rejects.toThrow('can be read by others');
      await expect(open({ env: { PGPASSFILE: join(server.folder, 'none') } })).rejects.toThrow(UsageError);
      await expect(open({ env: {} })).rejects.toThrow(UsageError);
    });
  });

  it('keeps texts that PostgreSQL has no character for', async () => {
    const state = await open();
    await state.createRun(aRun({ comment: 'a\0b' }), [aRow(1, { machineId: 'x\0y', skip: 'invalid', message: '\ud800' })]);
    expect((await state.run(RUN))?.comment).toBe('a\uFFFDb');
    expect(await Array.fromAsync(state.rows(RUN))).toMatchObject([{ machineId: 'x\uFFFDy', outcome: 'invalid' }]);
    await state.close();
  });

  describe('the quota of four processes', () => {
    it('is never over, and all finish, though one of them is killed', async () => {
      await (await open()).close();
      const racers = ['r-1', 'r-2', 'r-3', 'r-4'].map((id) => racer(address(), id, server.env, 60));
      const [first] = racers;
      await Promise.all(racers.map(printed));
      await untilAttempts(30);
      first?.kill('SIGKILL');
      const codes = await Promise.all(racers.map(async (child) => (await ended(child)) ?? 'killed'));
      expect(codes).toEqual(['killed', 0, 0, 0]);
      const made = await server.query(`SELECT begun_at, counts_from FROM ${schema}.attempt ORDER BY id`);
      expect(made.rowCount).toBeGreaterThanOrEqual(180);
      expect(mostInUse(made.rows, 400)).toBeLessThanOrEqual(20);
      expect(mostInUse(made.rows, 2000)).toBeLessThanOrEqual(90);
    }, 60_000);

    const untilAttempts = async (count: number): Promise<void> => {
      while ((await attempts()) < count) await new Promise(setImmediate);
    };
  });

  describe('the clock', () => {
    it('is the server’s: a process whose own is an hour off is told of times by its own', async () => {
      const hour = 3_600_000;
      const off = await open({ localNow: () => Date.now() + hour });
      await off.createRun(aRun(), rows(2));
      await off.lockRun(RUN);
      await begun(off, 1);
      await off.pause(KEY, Date.now() + hour + 10_000);
      const ahead = (at: number | null | undefined): number => Math.round(((at ?? 0) - Date.now()) / hour);
      const { countsFrom, pausedUntil } = await off.quotaUse(KEY, WINDOWS, () => Date.now() + hour);
      expect([ahead(countsFrom[0]), ahead(pausedUntil)]).toEqual([1, 1]);
      const right = await open();
      const wait = await right.beginAttempt(intent(1, { runId: null, row: null }));
      expect(wait).toMatchObject({ begun: false, because: 'pause' });
      expect(wait.begun ? 0 : wait.waitMs).toBeLessThanOrEqual(10_000);
      await Promise.all([off.close(), right.close()]);
    });
  });

  it('knows of an attempt that was slow to begin that it ends later', async () => {
    let mono = 0;
    const state = await open({ mono: () => (mono += 5000) });
    await state.createRun(aRun(), rows(1));
    await state.lockRun(RUN);
    await state.beginAttempt(intent(1, { server: () => ({ earliest: 1000, latest: 2000 }) }));
    expect((await Array.fromAsync(state.openCalls(RUN)))[0]?.doubt).toEqual({
      begun: 1000,
      ended: 42_000,
      isOver: false,
      isAccepted: false,
    });
    await state.close();
  });

  describe('the lock of a run', () => {
    it('is free at once when its holder is killed', async () => {
      const state = await open();
      await state.createRun(aRun(), rows(1));
      const holder = elsewhere(
        `const state = await openPostgres('${address()}', { emulated: false, env: process.env }); await state.lockRun('${RUN}'); console.log('locked');`,
        server.env,
      );
      await printed(holder);
      await expect(state.lockRun(RUN)).rejects.toThrow(RunBusyError);
      expect((await state.runs())[0]?.active).toBe(true);
      holder.kill('SIGKILL');
      await once(holder, 'exit');
      const lock = await eventually(() => state.lockRun(RUN));
      expect((await state.runs())[0]?.active).toBe(true);
      await lock.release();
      expect((await state.runs())[0]?.active).toBe(false);
      await state.close();
    });

    it('is given once to two who ask at the same time in one process', async () => {
      const state = await open();
      await state.createRun(aRun(), rows(1));
      const asked = await Promise.allSettled([state.lockRun(RUN), state.lockRun(RUN)]);
      expect(asked.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      await state.close();
    });

    it('lets a late holder write nothing once another has the run', async () => {
      const late = await working();
      const attempt = await begun(late, 1);
      // What the successor's lock does, at the moment that the late holder's connection is gone.
      await server.query(`UPDATE ${schema}.run SET epoch = epoch + 1`);
      await expect(late.beginAttempt(intent(2))).rejects.toThrow(LockLostError);
      const settlement = { outcome: 'created' } as const;
      await expect(late.endAttempt(attempt, { at: Date.now(), answer: null, verdict: 'settled', settlement })).rejects.toThrow(
        LockLostError,
      );
      await expect(late.settle(RUN, 3, settlement, Date.now())).rejects.toThrow(LockLostError);
      await expect(late.ruleOut(RUN, 1, Date.now())).rejects.toThrow(LockLostError);
      await expect(late.reopen(RUN, { rows: [1] })).rejects.toThrow(LockLostError);
      await expect(late.updateRun(RUN, { status: 'done' })).rejects.toThrow(LockLostError);
      expect((await Array.fromAsync(late.rows(RUN))).map(({ outcome }) => outcome)).toEqual(['unknown', ...Array(4).fill('not-sent')]);
      await late.close();
    });

    it('is taken again after every connection was cut, and the work goes on', async () => {
      const state = await working();
      const attempt = await begun(state, 1);
      await server.cut();
      await state.endAttempt(attempt, { at: Date.now(), answer: null, verdict: 'settled', settlement: { outcome: 'created' } });
      await begun(state, 2);
      const other = await open();
      await eventually(async () => expect((await other.runs())[0]?.active).toBe(true));
      await expect(other.lockRun(RUN)).rejects.toThrow(RunBusyError);
      await Promise.all([state.close(), other.close()]);
    });

    it('is lost for good when another process was quicker', async () => {
      const state = await working();
      const other = await open();
      await server.cut();
      // Takes the epoch as another process' lock would, before or after ours is back: either way it is theirs.
      await server.query(`UPDATE ${schema}.run SET epoch = epoch + 1`);
      await expect(state.beginAttempt(intent(1))).rejects.toThrow(LockLostError);
      await Promise.all([state.close(), other.close()]);
    });
  });

  describe('a server that goes away', () => {
    it('is waited for: a restart loses nothing and sends nothing twice', async () => {
      const state = await working();
      const first = await begun(state, 1);
      await server.stop();
      const end = state.endAttempt(first, { at: Date.now(), answer: null, verdict: 'settled', settlement: { outcome: 'created' } });
      const second = begun(state, 2);
      await server.start();
      await end;
      await second;
      expect((await Array.fromAsync(state.rows(RUN))).map(({ outcome }) => outcome).slice(0, 3)).toEqual([
        'created',
        'unknown',
        'not-sent',
      ]);
      expect(await attempts()).toBe(2);
      await state.close();
    });

    it('for too long is an outage (exit 5), not an internal error, and nothing was begun', async () => {
      const state = await open({ patienceMs: 1 });
      await state.createRun(aRun(), rows(1));
      await state.lockRun(RUN);
      await server.stop('immediate');
      const error = await state.beginAttempt(intent(1)).catch((thrown: unknown) => thrown);
      await server.start();
      expect(error).toBeInstanceOf(StateError);
      expect(error).toMatchObject({ name: 'StateUnavailableError', exitCode: 5 });
      expect(await attempts()).toBe(0);
      await state.close();
    });

    it('after it began an attempt and before it could say so, has begun one attempt and not two', async () => {
      const proxy = await cuttingProxy(server.port);
      const state = await open({}, proxy.port);
      await state.createRun(aRun(), rows(1));
      await state.lockRun(RUN);
      proxy.loseAnswerTo('begin_attempt');
      const attempt = await begun(state, 1);
      expect([proxy.lost(), await attempts()]).toEqual([1, 1]);
      proxy.loseAnswerTo('end_attempt');
      await state.endAttempt(attempt, { at: Date.now(), answer: null, verdict: 'settled', settlement: { outcome: 'created' } });
      expect(proxy.lost()).toBe(2);
      expect((await Array.fromAsync(state.rows(RUN)))[0]).toMatchObject({ outcome: 'created', attempts: 1 });
      await state.close();
      await proxy.close();
    });

    it('while it was about to keep a new run says so, and never makes it twice', async () => {
      const proxy = await cuttingProxy(server.port);
      const state = await open({}, proxy.port);
      proxy.loseAnswerTo('COMMIT');
      await expect(state.createRun(aRun(), rows(3))).rejects.toThrow(StateUnavailableError);
      expect((await state.runs()).map(({ machines }) => machines)).toEqual([3]);
      await state.close();
      await proxy.close();
    });
  });
});

const MODULE = new URL('../../src/state/postgres/index.ts', import.meta.url).href;

function elsewhere(code: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', `import { openPostgres } from '${MODULE}';\n${code}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
}

function racer(address: string, id: string, env: NodeJS.ProcessEnv, count: number): ChildProcess {
  const file = new URL('../support/postgres-racer.ts', import.meta.url).pathname;
  return spawn(process.execPath, [file, address, id, KEY, String(count), '16'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
}

async function printed(child: ChildProcess): Promise<string> {
  const [text] = await once(child.stdout!, 'data');
  return String(text);
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** Asks until it is answered: what another process' end brings about has no event of its own. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch {
      await new Promise(setImmediate);
    }
  }
}

/** The most units of one window in use at the beginning of any attempt, that one included. */
function mostInUse(attempts: readonly { begun_at: string; counts_from: string }[], ms: number): number {
  const hold = holdOf({ limit: 1, ms });
  return Math.max(
    ...attempts.map(
      ({ begun_at: at }, i) => attempts.slice(0, i + 1).filter((each) => Number(each.counts_from) + hold > Number(at)).length,
    ),
  );
}
