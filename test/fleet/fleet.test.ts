import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { PgBoss } from 'pg-boss';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LockLostError, RunBusyError, StateError, StateUnavailableError, UsageError } from '../../src/core/errors.ts';
import { jobIdOf, openQueue, RUNS, SCHEDULED } from '../../src/fleet/queue.ts';
import { dropSchedule, keepSchedule, schedules } from '../../src/fleet/schedules.ts';
import { queued, resubmit, submitRun } from '../../src/fleet/submit.ts';
import { startWorker, type Carried, type WorkerListener } from '../../src/fleet/worker.ts';
import { connectionTo, openPostgres } from '../../src/state/postgres/index.ts';
import { aRun, rows } from '../support/builders.ts';
import { BIN, startPostgres, type TestServer } from '../support/postgres.ts';

type Shared = Awaited<ReturnType<typeof openPostgres>>;

describe.skipIf(BIN === undefined)('the fleet', () => {
  let server: TestServer;
  let made = 0;
  let address = '';
  let state: Shared;
  let queue: PgBoss;
  beforeAll(async () => void (server = await startPostgres()), 60_000);
  afterAll(() => server.close());
  beforeEach(async () => {
    made += 1;
    address = `${server.url}?schema=f${made}`;
    state = await openPostgres(address, { emulated: false, env: server.env });
    queue = await open('submitter');
  }, 30_000);
  afterEach(async () => {
    await queue.stop({ graceful: false });
    await state.close();
  });
  const open = (role: 'submitter' | 'worker'): Promise<PgBoss> => openQueue(connectionTo(address, server.env), role, () => {});
  const submit = (id: string, tenant = 'contoso', count = 2): Promise<void> => submitRun(state, queue, aRun({ id, tenant }), rows(count));

  describe('a submitted run', () => {
    it('is in the state and on the queue, once', async () => {
      await submit('r-1');
      expect(await state.callCounts('r-1')).toEqual({ calls: 2, open: 2 });
      expect(await queued(queue)).toMatchObject([{ runId: 'r-1', state: 'created', priority: 0 }]);
      expect(await resubmit(queue, aRun({ id: 'r-1' }))).toBe(false);
      await expect(submit('r-1')).rejects.toThrow(StateError);
      expect(await queued(queue)).toHaveLength(1);
    });

    it('is in neither when one of the two fails', async () => {
      const broken = function* () {
        yield* rows(1);
        throw new StateError('no more');
      };
      await expect(submitRun(state, queue, aRun({ id: 'r-1' }), broken())).rejects.toThrow('no more');
      await server.query(`ALTER SCHEMA f${made}_queue RENAME TO gone_${made}`);
      await expect(submit('r-2')).rejects.toThrow('_queue');
      expect(await state.runs()).toEqual([]);
    });

    it('may wait for its time, and go before others', async () => {
      const at = Date.now() + 3_600_000;
      await submitRun(state, queue, aRun({ id: 'r-1' }), rows(1), { at, priority: 5 });
      expect(await queued(queue)).toEqual([{ runId: 'r-1', state: 'created', priority: 5, startAfter: new Date(at) }]);
    });

    it('can be put there again once it has ended', async () => {
      await submit('r-1');
      await queue.cancel(RUNS, jobIdOf('r-1'));
      expect(await resubmit(queue, aRun({ id: 'r-1' }))).toBe(true);
      expect(await queued(queue)).toHaveLength(1);
    });
  });

  describe('a worker', () => {
    let working: PgBoss;
    let stop: () => Promise<void>;
    const work = async (
      carryOut: (runId: string, signal: AbortSignal) => Promise<Carried>,
      listener: WorkerListener = {},
    ): Promise<void> => {
      working = await open('worker');
      const worker = await startWorker({ queue: working, concurrency: 3, carryOut, listener });
      stop = () => worker.stop(5000);
    };
    afterEach(() => stop());

    it('takes a run’s end for data, whatever its exit code, and one that threw too', async () => {
      const ended: string[] = [];
      const all = Promise.withResolvers<void>();
      await submit('r-1', 'one');
      await submit('r-2', 'two');
      const carryOut = (runId: string): Promise<Carried> =>
        runId === 'r-1' ? Promise.resolve({ exitCode: 9, resumable: true }) : Promise.reject(new UsageError('no such job'));
      await work(carryOut, {
        ended: (runId, end) => {
          ended.push(`${runId} ${'error' in end ? String(end.error) : end.exitCode}`);
          if (ended.length === 2) all.resolve();
        },
      });
      await all.promise;
      expect(ended.toSorted()).toEqual(['r-1 9', 'r-2 UsageError: no such job']);
      await stop();
      expect(await queued(queue)).toEqual([]);
    });

    it.each([
      ['is busy', new RunBusyError('r-1')],
      ['was taken over', new LockLostError('lost')],
      ['has no state', new StateUnavailableError('gone')],
    ])(
      'tries a run again that %s',
      async (_, error) => {
        let asked = 0;
        const done = Promise.withResolvers<void>();
        await submit('r-1');
        await work(
          () => {
            asked += 1;
            return asked === 1 ? Promise.reject(error) : Promise.resolve({ exitCode: 0, resumable: false });
          },
          { ended: () => done.resolve() },
        );
        await done.promise;
        expect(asked).toBe(2);
      },
      20_000,
    );

    it('hands back what it was at work on when it stops, for another to go on with', async () => {
      const taken = Promise.withResolvers<void>();
      await submit('r-1');
      await work(async (_, signal) => {
        taken.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        return { exitCode: 143, resumable: true };
      }, {});
      await taken.promise;
      await stop();
      expect(await queued(queue)).toMatchObject([{ runId: 'r-1', state: 'retry' }]);
      const done = Promise.withResolvers<string>();
      await work(() => Promise.resolve({ exitCode: 0, resumable: false }), { ended: done.resolve });
      expect(await done.promise).toBe('r-1');
    }, 20_000);
  });

  describe('schedules', () => {
    const nightly = { name: 'nightly', every: '0 2 * * *', timezone: 'Europe/Berlin', request: { job: 'restrict', lists: ['a.csv'] } };

    it('are kept, listed, replaced and dropped by name', async () => {
      const { next } = await keepSchedule(queue, nightly);
      expect(next?.getTime()).toBeGreaterThan(Date.now());
      await keepSchedule(queue, { ...nightly, name: 'b', every: '*/5 * * * *' });
      await keepSchedule(queue, { ...nightly, every: '0 3 * * *' });
      expect(await schedules(queue)).toEqual([
        { ...nightly, name: 'b', every: '*/5 * * * *' },
        { ...nightly, every: '0 3 * * *' },
      ]);
      expect([await dropSchedule(queue, 'b'), await dropSchedule(queue, 'b')]).toEqual([true, false]);
      expect((await schedules(queue)).map(({ name }) => name)).toEqual(['nightly']);
    });

    it.each([
      ['every day', 'Europe/Berlin', 'x'],
      ['61 2 * * *', 'Europe/Berlin', 'x'],
      ['0 2 * * *', 'Mars/Olympus', 'x'],
      ['0 2 * * *', 'Europe/Berlin', 'a name; with words'],
    ])('of "%s" in %s named "%s" are refused', async (every, timezone, name) => {
      await expect(keepSchedule(queue, { ...nightly, every, timezone, name })).rejects.toThrow(UsageError);
      expect(await schedules(queue)).toEqual([]);
    });

    it('make a run when their time has come, once for each occasion', async () => {
      const occasions: string[] = [];
      const done = Promise.withResolvers<void>();
      const working = await open('worker');
      const worker = await startWorker({
        queue: working,
        concurrency: 1,
        makeRuns: async (request, occasion) => {
          occasions.push(occasion.id);
          const id = `r-${occasion.id}`;
          await state.createRun(aRun({ id, comment: String(request['job']) }), rows(1));
          return [{ id, tenant: 'contoso', job: 'restrict' }];
        },
        carryOut: () => {
          done.resolve();
          return Promise.resolve({ exitCode: 0, resumable: false });
        },
      });
      // What the clock does at the schedule's time.
      await queue.send(SCHEDULED, nightly.request);
      await done.promise;
      await worker.stop(5000);
      expect(occasions).toHaveLength(1);
      expect(await state.runs()).toMatchObject([{ id: `r-${occasions[0]}`, comment: 'restrict' }]);
    }, 20_000);
  });

  describe('of three worker processes, two of them killed', () => {
    const workers: ChildProcess[] = [];
    const start = async (): Promise<void> => {
      const child = fleetWorker(address, server.env);
      workers.push(child);
      await once(child.stdout!, 'data');
    };
    afterEach(() => workers.forEach((child) => child.kill('SIGKILL')));

    it('carries every run out to its end, each by exactly one at a time, and one at a time for each tenant', async ({ signal }) => {
      await server.query('CREATE TABLE visit (n serial, run text, pid int, what text, at timestamptz)');
      const ids = Array.from({ length: 9 }, (_, i) => `r-${i}`);
      for (const [i, id] of ids.entries()) await submit(id, `tenant-${i % 5}`, 60);
      await Promise.all([start(), start(), start()]);
      for (const _ of ['once', 'twice']) {
        const victim = await eventually(signal, atWork);
        victim.kill('SIGKILL');
        await once(victim, 'exit');
        await start();
      }
      await eventually(signal, async () => (await state.runs()).every(({ status }) => status === 'done') || undefined);
      const left = workers.filter(({ signalCode }) => signalCode === null);
      for (const child of left) child.kill('SIGTERM');
      expect(await Promise.all(left.map(ended))).toEqual([0, 0, 0]);

      const attempts = await server.query(
        `SELECT count(*) AS n, count(DISTINCT (run_n, row)) AS once FROM f${made}.attempt WHERE verdict = 'settled'`,
      );
      expect(attempts.rows).toEqual([{ n: '540', once: '540' }]);
      expect((await state.runs()).map(({ outcomes }) => outcomes)).toEqual(ids.map(() => ({ created: 60 })));
      expect(await overlaps()).toBe(0);
    }, 120_000);

    /** A worker that is in the middle of a run, if there is one. */
    const atWork = async (): Promise<ChildProcess | undefined> => {
      const open = await server.query(
        "SELECT pid FROM visit GROUP BY pid HAVING count(*) FILTER (WHERE what = 'begin') > count(*) FILTER (WHERE what = 'end')",
      );
      return workers.find(({ pid, signalCode }) => signalCode === null && open.rows.some((found) => found.pid === pid));
    };

    /** Visits of one tenant that began while another, that has an end, was under way. */
    const overlaps = async (): Promise<number> => {
      const spans = `SELECT b.n, r.tenant, b.at AS from_at, (SELECT min(e.at) FROM visit e WHERE e.run = b.run AND e.pid = b.pid AND e.what = 'end' AND e.at > b.at) AS to_at
        FROM visit b JOIN f${made}.run r ON r.id = b.run WHERE b.what = 'begin'`;
      const found = await server.query(
        `WITH s AS (${spans}) SELECT count(*) AS n FROM s x JOIN s y ON x.tenant = y.tenant AND x.n < y.n AND y.from_at < x.to_at AND x.from_at < coalesce(y.to_at, 'infinity')`,
      );
      return Number(found.rows[0].n);
    };
  });
});

function fleetWorker(address: string, env: NodeJS.ProcessEnv): ChildProcess {
  const file = new URL('../support/fleet-worker.ts', import.meta.url).pathname;
  return spawn(process.execPath, [file, address], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
}

async function ended(child: ChildProcess | undefined): Promise<number | null | undefined> {
  if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child?.exitCode;
}

/** Asks until there is an answer, or the test ends: what other processes do has no event here. */
async function eventually<T>(signal: AbortSignal, ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
