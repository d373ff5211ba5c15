import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RunBusyError, UsageError } from '../../src/core/errors.ts';
import type { Intent, State } from '../../src/core/ports.ts';
import { copyState } from '../../src/state/postgres/copy.ts';
import { openPostgres } from '../../src/state/postgres/index.ts';
import { SqliteState } from '../../src/state/sqlite.ts';
import { aRow, aRun, rows } from '../support/builders.ts';
import { BIN, startPostgres, type TestServer } from '../support/postgres.ts';

const WINDOWS = [{ limit: 3, ms: 3_600_000 }];

describe.skipIf(BIN === undefined)('a state that moves from a file to a server', () => {
  let server: TestServer;
  let folder: string;
  let made = 0;
  let to = '';
  beforeAll(async () => {
    server = await startPostgres();
    folder = mkdtempSync(join(tmpdir(), 'cordon-copy-'));
  }, 60_000);
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    made += 1;
    to = `${server.url}?schema=c${made}`;
  });
  const from = (): string => join(folder, `${made}.db`);
  const file = (emulated = false): SqliteState => new SqliteState(from(), { emulated });
  const shared = (): Promise<State> => openPostgres(to, { emulated: undefined, env: server.env });
  const intent = (row: number): Intent => ({
    runId: 'r-1',
    row,
    quotaKey: 'k',
    windows: WINDOWS,
    now: Date.now,
    timeoutMs: 30_000,
    server: () => ({ earliest: 1000, latest: 2000 }),
  });
  const filled = async (): Promise<SqliteState> => {
    const state = file();
    await state.createRun(aRun({ id: 'r-0', status: 'done', createdAt: 1, parameters: { depth: 'full' } }), rows(2));
    await state.createRun(aRun({ id: 'r-1', createdAt: 2 }), [
      aRow(1),
      aRow(2, { input: { site: 'a\0b' } }),
      aRow(3),
      aRow(4, { skip: 'excluded' }),
    ]);
    const lock = await state.lockRun('r-1');
    for (const row of [1, 2]) {
      const begun = await state.beginAttempt(intent(row));
      if (row === 1 && begun.begun)
        await state.endAttempt(begun.attempt, {
          at: Date.now(),
          answer: null,
          verdict: 'settled',
          settlement: { outcome: 'created', actionId: 'a1' },
        });
    }
    await state.recordStatuses('r-1', [{ row: 1, actionId: 'a1', status: 'Succeeded', at: 7, endedAt: 7 }]);
    await state.recordOpposed('r-1', [{ row: 1, actionId: 'a1', opposed: { kind: 'overtaken', words: 'by ana' } }]);
    await lock.release();
    return state;
  };
  const contents = async (state: State): Promise<unknown> => ({
    runs: (await state.runs()).map((run) => ({ ...run, status: '', note: '' })),
    rows: await Array.fromAsync(state.rows('r-1')),
    open: await Array.fromAsync(state.openCalls('r-1')),
    confirmed: await state.confirmedActions('r-1'),
    counted: (await state.quotaUse('k', WINDOWS, Date.now)).countsFrom.length,
  });

  it('has there what it had here, and the quota remembers', async () => {
    const here = await filled();
    const before = JSON.stringify(await contents(here));
    await here.close();
    expect(await copyState(from(), to, server.env)).toEqual({ runs: ['r-0', 'r-1'], already: [], rows: 6, attempts: 2 });
    const there = await shared();
    expect(JSON.parse(JSON.stringify(await contents(there)))).toEqual(JSON.parse(before));
    await there.lockRun('r-1');
    expect(await there.beginAttempt(intent(3))).toMatchObject({ begun: true });
    expect(await there.beginAttempt(intent(3))).toMatchObject({ begun: false, because: 'quota' });
    await there.close();
  });

  it('leaves nothing to resume behind, and may be asked again', async () => {
    await (await filled()).close();
    await copyState(from(), to, server.env);
    expect(await copyState(from(), to, server.env)).toEqual({ runs: [], already: ['r-0', 'r-1'], rows: 0, attempts: 0 });
    const here = file();
    expect((await here.runs()).map(({ status, note }) => [status, note])).toEqual([
      ['done', `moved to ${to}`],
      ['done', null],
    ]);
    const there = await shared();
    expect((await there.run('r-1'))?.status).toBe('running');
    await Promise.all([here.close(), there.close()]);
  });

  it('stays where it is while a process works on one of its runs', async () => {
    const here = await filled();
    const lock = await here.lockRun('r-1');
    await expect(copyState(from(), to, server.env)).rejects.toThrow(RunBusyError);
    const there = await shared();
    expect(await there.runs()).toEqual([]);
    await there.close();
    await lock.release();
    await here.close();
  });

  it('does not mix real and emulated runs, nor make a file that was not there', async () => {
    await file(true).close();
    await (await openPostgres(to, { emulated: false, env: server.env })).close();
    await expect(copyState(from(), to, server.env)).rejects.toThrow('holds real runs');
    await expect(copyState(join(folder, 'none.db'), to, server.env)).rejects.toThrow(UsageError);
  });
});
