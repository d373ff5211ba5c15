import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { APPLICATION_ID, MIGRATIONS } from '../../src/state/schema.ts';
import { SqliteState } from '../../src/state/sqlite.ts';

it('a state of the first version opens: its runs with unknown rows are unfinished, and no server time is made up', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-migration-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'state.db');
  const old = new DatabaseSync(path);
  old.exec(`${MIGRATIONS[0]} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;
    INSERT INTO meta VALUES ('emulated', 'false');
    INSERT INTO quota (key) VALUES ('q');`);
  for (const [n, outcome] of [
    [1, 'created'],
    [2, 'unknown'],
  ])
    old.exec(`INSERT INTO run VALUES (${n}, 'r-${n}', 'restrict', 't', 'c', 'h', 'x', 'ana', 0, 'l', NULL, '{}', ${n}, 9, 'done', 3, NULL);
      INSERT INTO row (run_n, row, machine_id, device_name, file, line, outcome) VALUES (${n}, 1, 'm', '', 'f', 1, '${outcome}');
      INSERT INTO attempt (run_n, row, quota_n, begun_at, lease_ms, ended_at, counts_from, verdict) VALUES (${n}, 1, 1, 5, 9, 6, 6, 'ambiguous');`);
  old.close();
  const state = new SqliteState(path, { emulated: undefined });
  expect((await state.runs()).map(({ id, status, observed }) => [id, status, observed])).toEqual([
    ['r-2', 'interrupted', null],
    ['r-1', 'done', null],
  ]);
  expect(await Array.fromAsync(state.openCalls('r-2'))).toEqual([
    { row: 1, machineId: 'm', doubt: { begun: null, ended: null, isOver: true, isAccepted: false } },
  ]);
  await state.close();
});
