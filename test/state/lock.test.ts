import { existsSync, mkdirSync, rmdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LockLostError, RunBusyError } from '../../src/core/errors.ts';
import { FileLock } from '../../src/state/lock.ts';
import { inTransaction, openPatient } from '../../src/state/node-sqlite.ts';

describe('the lock of a run', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cordon-lock-'));
    path = join(folder, 'run.lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each([
    ['removes open files', true],
    ['removes none that is open, as Windows', false],
  ])('leaves nothing behind where the system %s, and can be taken again', (_, removesOpenFiles) => {
    for (let n = 0; n < 3; n += 1) {
      const lock = FileLock.take(path, 'r');
      lock.check();
      expect(() => FileLock.take(path, 'r')).toThrow(RunBusyError);
      lock.release(removesOpenFiles);
      expect([existsSync(path), FileLock.isHeld(path)]).toEqual([false, false]);
    }
  });

  it('that somebody else removed is lost, and freed without a word', () => {
    const lock = FileLock.take(path, 'r');
    rmSync(path);
    mkdirSync(path);
    expect(() => lock.check()).toThrow(LockLostError);
    expect(() => lock.release(false)).not.toThrow();
    rmdirSync(path);
  });
});

describe('SQLite of any Node', () => {
  it('tells whether a transaction is open, also where Node cannot', () => {
    const db = openPatient(':memory:', 0);
    const old = new Proxy(db, {
      get: (target, name) => {
        const value: unknown = name === 'isTransaction' ? undefined : Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    expect([inTransaction(db), inTransaction(old)]).toEqual([false, false]);
    db.exec('BEGIN');
    expect([inTransaction(db), inTransaction(old)]).toEqual([true, true]);
    db.exec('ROLLBACK');
    expect(inTransaction(old)).toBe(false);
    db.close();
  });

  it('waits for a lock as long as it was told', () => {
    const db: DatabaseSync = openPatient(':memory:', 1234);
    expect(db.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 1234 });
    db.close();
  });
});
