import { createHash } from 'node:crypto';

/** sha256 over texts in order, hex; each is followed by a newline so that no two lists look alike. */
export function hashOf(texts: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text}\n`);
  return hash.digest('hex');
}
