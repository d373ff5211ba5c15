/** One process at a time per run: an SQLite lock on a file beside the state, which the kernel frees when its holder dies. */
import { closeSync, existsSync, fstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { LockLostError, RunBusyError } from '../core/errors.ts';
import { inTransaction, openPatient } from './node-sqlite.ts';

const SQLITE_BUSY = 5;
/** Somebody who only looks whether the lock is held shares it for an instant; under load an instant may be long. */
const LOOK_MS = 250;
/** Windows removes no file that somebody has open, this process included. */
const REMOVES_OPEN_FILES = process.platform !== 'win32';
const LOOKS = 120;

/** The lock file of a run. */
export function lockPath(statePath: string, runId: string): string {
  return `${statePath}.${runId}.lock`;
}

export class FileLock {
  readonly #path: string;
  readonly #db: DatabaseSync;
  /** Kept open until the end: closing any descriptor of a file drops all locks that the process has on it. */
  readonly #fd: number;
  /** 64 bits on Windows: more than a double holds. */
  readonly #inode: bigint;

  private constructor(path: string, db: DatabaseSync, fd: number) {
    this.#path = path;
    this.#db = db;
    this.#fd = fd;
    this.#inode = fstatSync(fd, { bigint: true }).ino;
  }

  /** @throws RunBusyError when another process, or this one, holds it. */
  static take(path: string, runId: string): FileLock {
    for (;;) {
      const fd = openSync(path, 'a', 0o600);
      const db = openPatient(path, LOOK_MS);
      try {
        begin(db);
      } catch (error) {
        db.close();
        closeSync(fd);
        throw isBusy(error) ? new RunBusyError(runId) : error;
      }
      const lock = new FileLock(path, db, fd);
      // The last holder removes the file: locking one that is gone locks nothing, so look again.
      if (lock.#isInPlace()) return lock;
      lock.#free();
    }
  }

  /** Whether some process holds the lock at this moment. Looking takes nothing away: the file stays as it is. */
  static isHeld(path: string): boolean {
    if (!existsSync(path)) return false;
    const db = openPatient(path, 0);
    try {
      // Reading shares the lock: it tells a holder, and is in nobody's way for longer than it takes.
      db.prepare('SELECT count(*) FROM sqlite_schema').get();
      return false;
    } catch (error) {
      return isBusy(error);
    } finally {
      db.close();
    }
  }

  /** @throws LockLostError when the file was removed or replaced: another process could hold the run now. */
  check(): void {
    if (!inTransaction(this.#db) || !this.#isInPlace())
      throw new LockLostError(`the lock ${this.#path} is no longer held: was it removed?`);
  }

  release(removesOpenFiles = REMOVES_OPEN_FILES): void {
    if (!this.#isInPlace()) return this.#free();
    if (removesOpenFiles) unlinkSync(this.#path);
    this.#free();
    if (!removesOpenFiles) removeUnlessOpen(this.#path);
  }

  #isInPlace(): boolean {
    return statSync(this.#path, { bigint: true, throwIfNoEntry: false })?.ino === this.#inode;
  }

  #free(): void {
    this.#db.close();
    closeSync(this.#fd);
  }
}

/** Whoever took the file since it was freed has it open, and Windows then refuses to remove it: it stays, and is theirs. */
function removeUnlessOpen(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!['ENOENT', 'EBUSY', 'EPERM', 'EACCES'].includes(codeOf(error))) throw error;
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/**
 * Takes the lock. Others who read it keep it from us, and another who wants it alone does: that one is told by BEGIN
 * IMMEDIATE, which readers do not hinder. @throws SQLite's BUSY when there is such a one
 */
function begin(db: DatabaseSync): void {
  for (let looks = 1; ; looks += 1) {
    try {
      return db.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      if (!isBusy(error) || looks === LOOKS) throw error;
    }
    db.exec('BEGIN IMMEDIATE');
    db.exec('ROLLBACK');
  }
}

function isBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'errcode' in error && Number(error.errcode) === SQLITE_BUSY;
}
