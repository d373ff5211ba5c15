import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { LockLostError } from '../../src/core/errors.ts';
import type { Intent } from '../../src/core/ports.ts';
import { CommitGroup } from '../../src/state/commit-group.ts';
import { SqliteState } from '../../src/state/sqlite.ts';
import { aRun, rows } from '../support/builders.ts';

describe('commits in groups', () => {
  it('makes one commit for what is asked for in one turn of the event loop, in order', async () => {
    const commits: number[] = [];
    const group = new CommitGroup((steps) => {
      commits.push(steps.length);
      for (const { run, resolve } of steps) {
        run();
        resolve();
      }
    });
    const answers = await Promise.all([1, 2, 3].map((n) => group.add(() => n * 10)));
    expect([commits, answers]).toEqual([[3], [10, 20, 30]]);
  });

  it('commits what waits when it is told to, and then nothing more', async () => {
    const commits: number[] = [];
    const group = new CommitGroup((steps) => {
      commits.push(steps.length);
      for (const { run, resolve } of steps) {
        run();
        resolve();
      }
    });
    const answer = group.add(() => 'done');
    group.flush();
    group.flush();
    expect([commits, await answer]).toEqual([[1], 'done']);
  });
});

describe('SQLite, several calls in one commit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-group-'));
  const path = join(folder, 'state.db');
  afterEach(() => rmSync(folder, { recursive: true }));

  const intent = (runId: string, row: number): Intent => ({
    runId,
    row,
    quotaKey: 'contoso/app/restrict',
    windows: [{ limit: 2, ms: 60_000 }],
    now: () => 5_000_000,
    timeoutMs: 30_000,
  });

  it('undoes a call that fails alone, counts the quota from call to call, and has the rest on the disk', async () => {
    const state = new SqliteState(path, { emulated: false });
    const { id } = aRun();
    await state.createRun(aRun(), rows(5));
    await state.lockRun(id);
    const wanted = [intent(id, 1), intent('another', 1), intent(id, 2), intent(id, 3)];
    const found = await Promise.allSettled(wanted.map((one) => state.beginAttempt(one)));
    const begun = found.map((one) => (one.status === 'fulfilled' ? one.value.begun : one.reason instanceof LockLostError));
    expect(begun).toEqual([true, true, true, false]);
    const other = new SqliteState(path, { emulated: false });
    expect(await other.callsOfJob({ job: 'restrict', tenant: 'contoso', since: 0 })).toEqual({ sent: 2, open: 3 });
    await other.close();
    await state.close();
  });
});
