/** Files written whole or not at all: beside their place first, on disk, then renamed. */
import { constants, renameSync, rmSync } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export type Pieces = Iterable<string> | AsyncIterable<string | Uint8Array>;

export interface ReplaceOptions {
  /** Rights of the file. Default: as the umask says. */
  readonly mode?: number;
}

/** A file that is on disk under another name. */
export interface Staged {
  readonly path: string;
  /** Puts it in its place; where nothing stands in the way this happens before the first await. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** Leftovers of processes that were killed are removed when they are this old. */
const ABANDONED_MS = 3_600_000;
/** A rename on Windows fails while somebody has the old file open: tried again for about two seconds. */
const RENAME_PAUSES_MS = [20, 50, 100, 200, 400, 600, 600];

/** What is to be removed should the process end now. */
const unfinished = new Set<string>();

/**
 * Replaces a file whole: a reader sees the old one or the new one, and a failure leaves the old one and nothing else.
 * @throws whatever the pieces throw, and the file system's errors
 */
export async function replaceFile(path: string, pieces: Pieces, options: ReplaceOptions = {}): Promise<void> {
  await (await stage(path, pieces, options)).commit();
}

/** Writes a file beside its place. @throws as `replaceFile` does, with nothing left behind */
export async function stage(path: string, pieces: Pieces, { mode = 0o666 }: ReplaceOptions = {}): Promise<Staged> {
  await removeAbandoned(path);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
  const discard = async (): Promise<void> => {
    await rm(temporary, { force: true });
    forget(temporary);
  };
  const commit = async (): Promise<void> => {
    try {
      await putInPlace(temporary, path);
    } catch (error) {
      await discard();
      throw error;
    }
    forget(temporary);
    await syncFolder(dirname(path));
  };
  try {
    await writeNew(temporary, pieces, mode);
    return { path, commit, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** A file of that name that exists already, or a link that somebody has planted there, is an error and not followed. */
async function writeNew(path: string, pieces: Pieces, mode: number): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0), mode);
  remember(path);
  await pipeline(Readable.from(inChunks(pieces)), file.createWriteStream({ flush: true }));
}

async function putInPlace(from: string, to: string): Promise<void> {
  for (const pauseMs of process.platform === 'win32' ? RENAME_PAUSES_MS : []) {
    try {
      return renameSync(from, to);
    } catch (error) {
      if (!isHeldOpen(error)) throw error;
      await sleep(pauseMs);
    }
  }
  renameSync(from, to);
}

function isHeldOpen(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EPERM', 'EBUSY', 'EACCES'].includes(String(error.code));
}

/** A hundred thousand short writes would be slow; bytes come in large pieces already. */
async function* inChunks(pieces: Pieces): AsyncIterable<string | Uint8Array> {
  let chunk = '';
  for await (const piece of pieces) {
    const isText = typeof piece === 'string';
    if (isText) chunk += piece;
    if (isText && chunk.length <= 65_536) continue;
    yield chunk;
    chunk = '';
    if (!isText) yield piece;
  }
  yield chunk;
}

async function syncFolder(path: string): Promise<void> {
  try {
    await using folder = await open(path, 'r');
    await folder.sync();
  } catch {
    // Some file systems cannot sync a folder; the file itself is on disk.
  }
}

async function removeAbandoned(path: string): Promise<void> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  const start = `.${basename(path)}.`;
  for (const name of names) {
    if (!name.startsWith(start) || !/^[0-9a-f]{16}\.tmp$/.test(name.slice(start.length))) continue;
    const left = await stat(join(folder, name)).catch(() => undefined);
    if (left?.isFile() && Date.now() - left.mtimeMs > ABANDONED_MS) await rm(join(folder, name), { force: true });
  }
}

function remember(path: string): void {
  if (unfinished.size === 0) process.on('exit', removeUnfinished);
  unfinished.add(path);
}

function forget(path: string): void {
  unfinished.delete(path);
  if (unfinished.size === 0) process.off('exit', removeUnfinished);
}

function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
}
