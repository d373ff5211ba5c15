/** Opening the state's file: modes, journal, version, and clear words for everything that can be wrong with a file. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, realpathSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { messageOf, StateError, UsageError, UserError } from '../core/errors.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';
import { openPatient } from './node-sqlite.ts';

export interface OpenOptions {
  /** Whether emulated runs are kept here. A file is one or the other for ever; undefined takes either. */
  readonly emulated: boolean | undefined;
  /** Told once, when the file lies where SQLite's WAL cannot be trusted. */
  readonly onWarning?: (message: string) => void;
  /** For tests: treat the folder as lying on a network file system. */
  readonly network?: boolean;
  /** How long to wait for another process' transaction, ms. */
  readonly busyTimeoutMs?: number;
}

const BUSY_TIMEOUT_MS = 10_000;

/**
 * Opens or creates the state's file, mode 0600 in a folder of mode 0700, at the newest version.
 * @throws UsageError when the file is no state of this program, of a newer version, or of the other kind (emulated or not).
 * @throws StateError when it cannot be opened, locked or read.
 */
export function openFile(path: string, options: OpenOptions): DatabaseSync {
  try {
    prepareFile(path);
    const db = openPatient(path, options.busyTimeoutMs ?? BUSY_TIMEOUT_MS);
    checkOwner(db, path);
    chooseJournal(db, path, options);
    migrate(db, path);
    checkKind(db, path, options.emulated);
    return db;
  } catch (error) {
    throw asStateError(error, path);
  }
}

function prepareFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives its side files the mode of the main one, so the main one comes first.
  if (existsSync(path)) chmodSync(path, 0o600);
  else closeSync(openSync(path, 'a', 0o600));
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

/** statfs types of file systems that lie behind a network, where shared memory between processes cannot be relied on. */
const NETWORK_TYPES = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400, 0x0bd00bd0, 0x5346414f, 0x65735546]);

function isRemote(folder: string): boolean {
  return process.platform === 'win32' ? isShare(realpathSync.native(folder)) : NETWORK_TYPES.has(statfsSync(folder).type);
}

/** Whether Windows' real path of a folder (a mapped drive's too) begins with a server's name. */
export function isShare(realPath: string): boolean {
  return /^\\\\(?:\?\\UNC\\|[^?.\\])/i.test(realPath);
}

function chooseJournal(db: DatabaseSync, path: string, { network, onWarning }: OpenOptions): void {
  const wal = !(network ?? isRemote(dirname(path))) && pragma(db, 'journal_mode = WAL') === 'wal';
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
