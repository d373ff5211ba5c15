/** A file that is read is never written over. */
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';

/** @throws UsageError when the file to be written is one of those that are read, whatever name or link leads to it */
export async function refuseOverwriting(flag: string, out: string, inputs: readonly string[]): Promise<void> {
  for (const input of inputs)
    if (await isSame(out, input))
      throw new UsageError(`${flag} ${out} would write over ${input}, which is read`, {
        hint: 'Nothing was written or sent. Name another file.',
      });
}

async function isSame(a: string, b: string): Promise<boolean> {
  if (resolve(a) === resolve(b)) return true;
  try {
    if ((await realpath(a)) === (await realpath(b))) return true;
    const [one, other] = await Promise.all([stat(a, { bigint: true }), stat(b, { bigint: true })]);
    return one.ino !== 0n && one.ino === other.ino && one.dev === other.dev;
  } catch {
    // One of them does not exist.
    return false;
  }
}
