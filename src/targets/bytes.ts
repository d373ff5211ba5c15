/** Where a list's bytes come from. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { messageOf, UsageError } from '../core/errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

/** The bytes of a file. @throws UsageError when it cannot be read. */
export function fileBytes(path: string): AsyncGenerator<Buffer> {
  return streamBytes(path, createReadStream(path, { highWaterMark: 64 * 1024 }));
}

/** The bytes of a stream; it is destroyed when they are no longer wanted. @throws UsageError when it breaks. */
export async function* streamBytes(file: string, stream: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream as AsyncIterable<Buffer | string>) {
      yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    }
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? messageOf(error);
}
