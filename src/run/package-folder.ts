/** The folder that packages go to. Files under their final names are whole; SHA256SUMS is what was downloaded. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf, UserError } from '../core/errors.ts';
import { readSums, sumsText } from '../core/packages.ts';

const SUMS = 'SHA256SUMS';

export class PackageFolder {
  readonly path: string;
  readonly #sums: Map<string, string>;

  private constructor(path: string, sums: Map<string, string>) {
    this.path = path;
    this.#sums = sums;
  }

  /** @throws UserError (exit 1) when the folder cannot be used */
  static async open(path: string): Promise<PackageFolder> {
    try {
      await mkdir(path, { recursive: true, mode: 0o700 });
      return new PackageFolder(path, readSums(await textOf(join(path, SUMS))));
    } catch (error) {
      throw new UserError(`packages cannot be put into ${path}: ${messageOf(error)}`, {
        exitCode: 1,
        hint: 'Name another folder with --to.',
        cause: error,
      });
    }
  }

  /** Whether a file is there as it was downloaded; `foreign`: one of that name is there that was not, or was changed since. */
  async has(name: string): Promise<'whole' | 'foreign' | 'missing'> {
    const file = join(this.path, name);
    const found = await stat(file).catch(() => undefined);
    if (!found) return 'missing';
    const sum = this.#sums.get(name);
    return found.isFile() && sum !== undefined && (await sha256Of(file)) === sum ? 'whole' : 'foreign';
  }

  /** Where a file is written before it is whole. */
  partOf(name: string): string {
    return join(this.path, `.${name}.part`);
  }

  /** Gives a whole file its final name. The sum is written first: a file without its sum would pass for somebody else's. */
  async keep(name: string, sha256: string): Promise<void> {
    this.#sums.set(name, sha256);
    const temporary = join(this.path, `.${SUMS}.tmp`);
    await rm(temporary, { force: true });
    // Never through a link that somebody put there: one that is there again is an error.
    await writeFile(temporary, sumsText(this.#sums), { mode: 0o600, flush: true, flag: 'wx' });
    await rename(temporary, join(this.path, SUMS));
    await rename(this.partOf(name), join(this.path, name));
  }

  async discard(name: string): Promise<void> {
    await rm(this.partOf(name), { force: true });
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
