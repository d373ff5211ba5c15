/** Where a state lies, and whether what lies there is one: only looked at, nothing is changed. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
  type BigIntStats,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UsageError } from '../core/errors.ts';
import { isKernelFile, isNetworkFile } from '../system/file-systems.ts';
import { APPLICATION_ID } from './schema.ts';

/** What tells one file from every other: device and inode, as texts. */
export type FileId = string;

/** The path behind every link, also where nothing is there yet: two names of one state must lead to one lock. */
export function realPathOf(path: string, linksLeft = 40): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (isLink && linksLeft > 0) return realPathOf(resolve(dirname(path), readlinkSync(path)), linksLeft - 1);
  const folder = dirname(path);
  return folder === path ? path : join(realPathOf(folder, linksLeft), basename(path));
}

/** The file that a path names at this moment; undefined when there is none. */
export function fileIdOf(path: string): FileId | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && idOf(stats);
}

/**
 * Whether a state of this user is at `path`; false when nothing is there.
 * @throws UsageError (exit 2) when something else is: it is left as it was
 */
export function isStateHere(path: string): boolean {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!stats) return false;
  const why = whyNoState(path, stats);
  if (why === undefined) return true;
  throw new UsageError(`${path} is no state of this user: ${why}`, { hint: 'It was left as it is. Name another file with --state.' });
}

function whyNoState(path: string, stats: BigIntStats): string | undefined {
  if (stats.isDirectory()) return 'it is a directory';
  if (!stats.isFile()) return 'it is no file but a pipe, a device or a socket';
  if (isKernelFile(path)) return 'it is one of the kernel’s own files';
  // Where a server or the mount's options say who owns a file, that means nothing.
  const user = isNetworkFile(path) ? undefined : process.geteuid?.();
  if (user !== undefined && stats.uid !== BigInt(user)) return `it belongs to another user (uid ${stats.uid})`;
  if (stats.size === 0n) return 'it is an empty file';
  return whyNotOurs(path, stats);
}

/** Files of this process that were found to be states: opening and closing one again would drop SQLite's locks on it. */
const known = new Set<FileId>();

function whyNotOurs(path: string, stats: BigIntStats): string | undefined {
  if (known.has(idOf(stats))) return undefined;
  const header = headerOf(path);
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return 'it is no SQLite file';
  if ((header.readUInt32BE(APPLICATION_ID_AT) || loggedApplicationOf(path)) !== APPLICATION_ID)
    return 'it is an SQLite file of another program';
  known.add(idOf(stats));
  return undefined;
}

/** Of a state whose first process was killed the header may still be in the write-ahead log. */
function loggedApplicationOf(path: string): number {
  if (!statSync(`${path}-wal`, { throwIfNoEntry: false })?.size) return 0;
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(db.prepare('PRAGMA application_id').get()?.['application_id']);
  } finally {
    db.close();
  }
}

const MAGIC = 'SQLite format 3\0';
/** @see https://www.sqlite.org/fileformat.html#the_database_header */
const APPLICATION_ID_AT = 68;
const HEADER_LENGTH = 100;

function headerOf(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const header = Buffer.alloc(HEADER_LENGTH);
    if (fstatSync(fd).isFile()) readSync(fd, header, 0, HEADER_LENGTH, 0);
    return header;
  } finally {
    closeSync(fd);
  }
}

function idOf({ dev, ino }: BigIntStats): FileId {
  return `${dev}:${ino}`;
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
