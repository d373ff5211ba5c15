/** Reading what a path leads to in such a way that a signal can always end the wait. */
import { constants, createReadStream, openSync, statSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import { devNull } from 'node:os';
import type { Readable } from 'node:stream';
import { isKernelFile } from './file-systems.ts';

const PIECE = 64 * 1024;

/**
 * The bytes of a file, or of a pipe (`<(command)`, mkfifo). A pipe is read by the event loop: opened like a file it would
 * hold a thread until somebody writes to it, and with it the end of the process.
 * @throws Error, in words, when there is nothing that can be read to an end; the stream may fail later, too
 */
export function openBytes(path: string): Readable {
  const stats = statSync(path);
  if (stats.isFIFO()) return pipeBytes(path);
  const why = path === devNull ? undefined : whyNot(path, stats);
  if (why !== undefined) throw new Error(why);
  return createReadStream(path, { highWaterMark: PIECE });
}

function whyNot(path: string, stats: Stats): string | undefined {
  if (stats.isDirectory()) return 'it is a directory';
  if (!stats.isFile()) return 'it is a device or a socket, not a file';
  return isKernelFile(path) ? 'it is one of the kernel’s own files' : undefined;
}

/** Opened without blocking, and waited for by the event loop until somebody writes and until the last writer has gone. */
function pipeBytes(path: string): Readable {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  return new Socket({ fd, readable: true, writable: false });
}

/** All of it as text, for what is small. @throws as `openBytes` does, and when it is longer than `longest` bytes */
export async function readText(path: string, longest = 1024 * 1024): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of openBytes(path) as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > longest) throw new Error(`it is longer than ${longest} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
