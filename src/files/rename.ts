/** Renaming onto a file that somebody may be reading. */
import { rename } from 'node:fs/promises';

/** What Windows answers while a reader (a spreadsheet, a virus scanner) has the old file open. */
const HELD = new Set(['EPERM', 'EBUSY', 'EACCES']);
/** Pauses between the tries, ms: some two seconds in all, then the reader is not going away. */
const PAUSES_MS: readonly number[] = [10, 20, 50, 100, 200, 500, 1000];

/**
 * `rename`, again for a short while where the system refuses because the file at `to` is open elsewhere (Windows only:
 * on POSIX systems such an answer means that it is not allowed).
 * @throws the system's own error, when it stays that way
 */
export async function renameOver(from: string, to: string, platform: NodeJS.Platform = process.platform, move = rename): Promise<void> {
  for (const pause of platform === 'win32' ? PAUSES_MS : [])
    try {
      return await move(from, to);
    } catch (error) {
      if (!HELD.has(codeOf(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  await move(from, to);
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
