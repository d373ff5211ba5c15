/** SHA256SUMS beside the reports, and whether a folder still holds what was written: `sha256sum --check` reads it too. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf, UsageError } from '../core/errors.ts';
import type { Report, ReportFormat } from './report.ts';

export const SUMS = 'SHA256SUMS';

/** The formats, each noting its sum while it is written, and the file of their sums as the last. */
export function withSums(formats: readonly ReportFormat[]): readonly ReportFormat[] {
  const sums = new Map<string, string>();
  const noting = formats.map((format) => ({ ...format, text: (report: Report) => noted(format, report, sums) }));
  return [...noting, { name: 'sums', file: SUMS, text: () => sumLines(formats, sums) }];
}

async function* noted({ file, text }: ReportFormat, report: Report, sums: Map<string, string>): AsyncGenerator<string | Uint8Array> {
  const hash = createHash('sha256');
  for await (const piece of text(report)) {
    hash.update(piece);
    yield piece;
  }
  sums.set(file, hash.digest('hex'));
}

async function* sumLines(formats: readonly ReportFormat[], sums: ReadonlyMap<string, string>): AsyncGenerator<string> {
  for (const { file } of formats) yield `${sums.get(file)}  ${file}\n`;
}

async function sumOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

export interface Verified {
  readonly file: string;
  /** `unlisted`: there are no sums for it; `differs`: unaltered, but the state says something else by now. */
  readonly verdict: 'intact' | 'altered' | 'missing' | 'unlisted' | 'differs';
}

/**
 * Compares the files of a folder with their sums, and, where a report is given, with what the state says.
 * Everything is well when every verdict is `intact`.
 * @throws UsageError when the folder has no sums that can be read
 */
export async function verify(
  folder: string,
  expected?: { readonly report: Report; readonly formats: readonly ReportFormat[] },
): Promise<Verified[]> {
  const sums = await readSums(folder);
  const present = await readdir(folder);
  const found = await Promise.all(
    [...sums].map(async ([file, sum]): Promise<Verified> => ({ file, verdict: await verdictOn(join(folder, file), sum, present) })),
  );
  const unlisted = present.filter((file) => file !== SUMS && !sums.has(file)).map((file): Verified => ({ file, verdict: 'unlisted' }));
  const differing = expected ? await differences(expected.report, expected.formats, sums) : new Set<string>();
  const compared = found.map(({ file, verdict }): Verified => ({
    file,
    verdict: verdict === 'intact' && differing.has(file) ? 'differs' : verdict,
  }));
  return [...compared, ...unlisted].sort((a, b) => a.file.localeCompare(b.file));
}

async function verdictOn(path: string, sum: string, present: readonly string[]): Promise<Verified['verdict']> {
  if (!present.includes(basename(path))) return 'missing';
  return (await sumOfFile(path)) === sum ? 'intact' : 'altered';
}

/** Files that the state would write differently today. Only data is compared: a page may look otherwise in another version. */
async function differences(report: Report, formats: readonly ReportFormat[], sums: ReadonlyMap<string, string>): Promise<Set<string>> {
  const differing = new Set<string>();
  for (const { file, name, text } of formats) {
    const sum = sums.get(file);
    if (sum === undefined || (name !== 'csv' && name !== 'json')) continue;
    const hash = createHash('sha256');
    for await (const piece of text(report)) hash.update(piece);
    if (hash.digest('hex') !== sum) differing.add(file);
  }
  return differing;
}

async function readSums(folder: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(folder, SUMS), 'utf8').catch((error: unknown) => {
    throw new UsageError(`${folder} has no ${SUMS} that can be read: ${messageOf(error)}`, {
      hint: 'Name the folder that a run wrote its reports into; cordon report RUN --report DIR writes them again.',
      cause: error,
    });
  });
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line, i) => entryOf(line, i, folder)));
}

function entryOf(line: string, index: number, folder: string): [string, string] {
  const [, sum, file] = /^([0-9a-f]{64}) [ *]([^/\\]+)$/.exec(line) ?? [];
  if (sum === undefined || file === undefined)
    throw new UsageError(`${join(folder, SUMS)}:${index + 1} is no line of a checksum and a file name`);
  return [file, sum];
}
