import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StateError } from '../../src/core/errors.ts';
import { SqliteState } from '../../src/state/sqlite.ts';
import { describeState } from '../contracts/state.ts';
import { aRun, rows } from '../support/builders.ts';

describeState('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-state-'));
  return {
    open: () => new SqliteState(join(folder, 'state.db'), { emulated: false }),
    cleanUp: () => rmSync(folder, { recursive: true }),
  };
});

describe('a state that is only read', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cordon-state-'));
    path = join(folder, 'state.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const reading = (emulated?: boolean): SqliteState => new SqliteState(path, { emulated, readOnly: true });

  it('is not created where there is none', () => {
    expect(() => reading()).toThrow('there is no state at');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('shows what another process writes, tells that it did, and cannot be written', async () => {
    const writer = new SqliteState(path, { emulated: false });
    const reader = reading();
    const before = await reader.version();
    expect([await reader.runs(), await reader.version()]).toEqual([[], before]);
    await writer.createRun(aRun(), rows(2));
    expect(await reader.version()).not.toBe(before);
    expect((await reader.runs()).map(({ id, machines }) => [id, machines])).toEqual([[aRun().id, 2]]);
    await expect(reader.createRun(aRun({ id: 'r-2' }), [])).rejects.toThrow(StateError);
    await reader.close();
    await writer.close();
  });

  it('has to be of the kind that is asked for, and of this version', async () => {
    await new SqliteState(path, { emulated: false }).close();
    expect(() => reading(true)).toThrow('holds real runs');
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 1');
    db.close();
    expect(() => reading()).toThrow('was written by an older cordon');
  });
});
