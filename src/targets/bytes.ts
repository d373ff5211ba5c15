/** Where a list's bytes come from. */
import type { Readable } from 'node:stream';
import { messageOf, UsageError } from '../core/errors.ts';
import { openBytes } from '../system/reading.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

/** The bytes of a file or a pipe. @throws UsageError when it cannot be read, or has no end. */
export async function* fileBytes(path: string): AsyncGenerator<Buffer> {
  yield* streamBytes(path, () => openBytes(path));
}

/** The bytes of a stream; it is destroyed when they are no longer wanted. @throws UsageError when it breaks. */
export async function* streamBytes(file: string, open: () => Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of open() as AsyncIterable<Buffer | string>) {
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
