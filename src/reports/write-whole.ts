/** Files that a reader finds whole or not at all. */
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** On disk under another name first, then renamed: a reader sees the old file or the new one, never a part. */
export async function writeWhole(path: string, text: AsyncIterable<string> | Iterable<string>): Promise<string> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await pipeline(Readable.from(inPieces(text)), createWriteStream(temporary, { flush: true }));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(path);
  return path;
}

/** A hundred thousand short writes would be slow. */
async function* inPieces(text: AsyncIterable<string> | Iterable<string>): AsyncIterable<string> {
  let piece = '';
  for await (const part of text) {
    piece += part;
    if (piece.length > 65_536) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(join(path, '..'), 'r');
  try {
    await folder.sync();
  } catch {
    // Some file systems cannot sync a folder; the file itself is on disk.
  } finally {
    await folder.close();
  }
}
