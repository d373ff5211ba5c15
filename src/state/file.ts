/** Opening the state's file: modes, journal, version, and clear words for everything that can be wrong with a file. */
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { messageOf, StateError, UsageError, UserError } from '../core/errors.ts';
import { isNetworkFile } from '../system/file-systems.ts';
import { makeFolders } from '../system/folders.ts';
import type { BootClock } from './boot-clock.ts';
import { hasCode, isStateHere } from './place.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';
import { openPatient } from './node-sqlite.ts';

export interface OpenOptions {
  /** Whether emulated runs are kept here. A file is one or the other for ever; undefined takes either. */
  readonly emulated: boolean | undefined;
  /** Told once, when the file lies where SQLite's WAL cannot be trusted. */
  readonly onWarning?: (message: string) => void;
  /** For tests: treat the folder as lying on a network file system. */
  readonly network?: boolean;
  /** Nothing is created, locked or written: to look on beside those that work. */
  readonly readOnly?: boolean;
  /** Tells a step of the wall clock from time that has gone by. Without it a clock set back costs up to the longest window. */
  readonly bootClock?: BootClock;
  /** How long to wait for another process' transaction, ms. */
  readonly busyTimeoutMs?: number;
}

const BUSY_TIMEOUT_MS = 10_000;

/**
 * Opens or creates the state's file, mode 0600 in a folder of mode 0700, at the newest version. `path` is a real path.
 * @throws UsageError when what is there is no state of this user, of a newer version, or of the other kind (emulated or not).
 * @throws StateError when it cannot be opened, locked or read.
 */
export function openFile(path: string, options: OpenOptions): DatabaseSync {
  try {
    if (options.readOnly) return openForReading(path, options);
    if (!isStateHere(path)) create(path, options);
    // Others may read what was copied there, or made under another umask.
    if (process.platform !== 'win32' && (statSync(path).mode & 0o77) !== 0) chmodSync(path, 0o600);
    return open(path, options);
  } catch (error) {
    throw asStateError(error, path);
  }
}

function open(path: string, options: OpenOptions): DatabaseSync {
  const db = openPatient(path, options.busyTimeoutMs ?? BUSY_TIMEOUT_MS);
  try {
    checkOwner(db, path);
    chooseJournal(db, path, options);
    migrate(db, path);
    checkKind(db, path, options.emulated);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function openForReading(path: string, { emulated, busyTimeoutMs }: OpenOptions): DatabaseSync {
  if (!existsSync(path)) throw new UsageError(`there is no state at ${path} yet`, { hint: 'A run makes it; --state names another file.' });
  const db = openPatient(path, busyTimeoutMs ?? BUSY_TIMEOUT_MS, { readOnly: true });
  checkOwner(db, path);
  if (Number(pragma(db, 'user_version')) < MIGRATIONS.length)
    throw new UsageError(`${path} was written by an older cordon`, { hint: 'cordon runs brings it up to date; then try again.' });
  if (emulated !== undefined) compareKind(db, path, emulated);
  return db;
}

/**
 * A new state gets its name when it is whole: killed before, the process leaves nothing that is taken for a state, or in
 * the way of one. Where another process was faster, its state is the one.
 */
function create(path: string, options: OpenOptions): void {
  makeFolders(dirname(path), 0o700);
  const { onWarning: _, ...quiet } = options;
  const draft = `${path}.${randomBytes(8).toString('hex')}.new`;
  try {
    // SQLite gives its side files the mode of the main one, so the main one comes first.
    closeSync(openSync(draft, 'wx', 0o600));
    open(draft, quiet).close();
    putInPlace(draft, path);
    syncFolder(dirname(path));
  } finally {
    for (const file of [draft, `${draft}-wal`, `${draft}-shm`, `${draft}-journal`]) rmSync(file, { force: true });
  }
}

function putInPlace(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    // Some file systems know no links; there only one process at a time can use a state.
    if (!existsSync(path)) renameSync(draft, path);
  }
}

/** Without it a power cut could leave the actions that were sent, and not the file that knows of them. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

function checkOwner(db: DatabaseSync, path: string): void {
  const version = Number(pragma(db, 'user_version'));
  const application = pragma(db, 'application_id');
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get();
  if (application !== APPLICATION_ID && (application !== 0 || Number(tables?.['n']) > 0))
    throw new UsageError(`${path} is an SQLite file of another program`, { hint: 'Name another file with --state.' });
  if (version > MIGRATIONS.length)
    throw new UsageError(`${path} was written by a newer cordon (state version ${version}, this one knows ${MIGRATIONS.length})`, {
      hint: 'Use that newer version, or another file with --state.',
    });
}

function chooseJournal(db: DatabaseSync, path: string, { network, onWarning }: OpenOptions): void {
  const wal = !(network ?? isNetworkFile(dirname(path))) && pragma(db, 'journal_mode = WAL') === 'wal';
  if (!wal) {
    pragma(db, 'locking_mode = EXCLUSIVE');
    pragma(db, 'journal_mode = DELETE');
    onWarning?.(`${path} lies where SQLite's WAL cannot be had (a network file system?): one process at a time can use it`);
  }
  pragma(db, 'synchronous = FULL');
  pragma(db, 'foreign_keys = ON');
}

function migrate(db: DatabaseSync, path: string): void {
  // Taking the write lock also shows whether locking works here at all, before anything is sent.
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = Number(pragma(db, 'user_version'));
    for (const step of MIGRATIONS.slice(version)) db.exec(step);
    if (version < MIGRATIONS.length) db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw asStateError(error, path);
  }
}

function checkKind(db: DatabaseSync, path: string, emulated: boolean | undefined): void {
  if (emulated === undefined) return;
  const kind = emulated ? 'emulated' : 'real';
  db.prepare("INSERT OR IGNORE INTO meta (key, value) VALUES ('kind', ?)").run(kind);
  compareKind(db, path, emulated);
}

function compareKind(db: DatabaseSync, path: string, emulated: boolean): void {
  const kind = emulated ? 'emulated' : 'real';
  const found = db.prepare("SELECT value FROM meta WHERE key = 'kind'").get()?.['value'];
  if (found !== kind)
    throw new UsageError(
      `${path} holds ${found === 'real' ? 'real' : 'emulated'} runs, and this is ${emulated ? 'an emulated' : 'a real'} one`,
      {
        hint: 'Emulated runs use a state of their own: leave --state out, or name another file.',
      },
    );
}

function pragma(db: DatabaseSync, text: string): unknown {
  const answer = db.prepare(`PRAGMA ${text}`).get();
  return answer && Object.values(answer)[0];
}

/** SQLite's primary result codes that people can do something about. */
const HINTS: Readonly<Record<number, string>> = {
  5: 'Another process holds the file for too long; on a network file system only one process may use it.',
  8: 'The file or its folder is read-only for this user.',
  10: 'The disk could not be read or written.',
  11: 'The file is damaged: move it away, and look for a backup.',
  13: 'The disk is full: make room, then resume.',
  14: 'The folder does not exist or may not be written.',
  15: 'File locking does not work there: use a local disk.',
  26: 'It is no SQLite file: name another with --state.',
};

/** Any error of SQLite or of the file system as a StateError that names the file; errors of ours stay as they are. */
export function asStateError(error: unknown, path: string): Error {
  if (error instanceof UserError) return error;
  const code = typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  const hint = HINTS[code];
  return new StateError(`the state ${path} cannot be used: ${messageOf(error)}`, { ...(hint && { hint }), cause: error });
}
