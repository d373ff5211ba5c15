/** Report files: the list of formats, and writing them. */
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, UserError } from '../core/errors.ts';
import { csv } from './csv.ts';
import { html, planHtml } from './html.ts';
import { json } from './json.ts';
import { md, planMd } from './md.ts';
import type { Report, ReportFormat } from './report.ts';
import { SUMS, sumsText } from './sums.ts';
import { todo } from './todo.ts';
import { xlsx } from './xlsx.ts';

/** Every format. A new one is a file beside this one and a line in this list. */
export const formats: readonly ReportFormat[] = [csv, todo, json, html, planHtml, md, planMd, xlsx];

/** What is written when nobody asks for other formats. */
export const DEFAULT_FORMATS: readonly string[] = ['csv', 'json', 'html', 'md'];

/**
 * Writes the formats of these names into `folder`, each file whole or not at all. Resolves to their paths.
 * @throws UserError (exit 1) when the folder cannot be written: the state still has everything
 */
export async function writeReports(report: Report, folder: string, names: readonly string[] = DEFAULT_FORMATS): Promise<string[]> {
  try {
    // Node's recursive mkdir never ends where the working folder is gone; an absolute path fails instead.
    await mkdir(resolve(folder), { recursive: true });
    const paths: string[] = [];
    for (const format of formatsFor(report, names)) paths.push(await writeWhole(join(folder, format.file), format.text(report)));
    paths.push(await writeWhole(join(folder, SUMS), one(sumsText(paths))));
    return paths;
  } catch (error) {
    throw new UserError(`the report cannot be written to ${folder}: ${messageOf(error)}`, {
      exitCode: 1,
      hint: `Nothing is lost: cordon report ${report.run.id} --report DIR writes it again.`,
      cause: error,
    });
  }
}

/** The formats of these names that fit: a preview and a run have some of their own. */
export function formatsFor({ plan }: Report, names: readonly string[]): readonly ReportFormat[] {
  const kind = plan ? 'plan' : 'run';
  return formats.filter(({ name, only = kind }) => names.includes(name) && only === kind);
}

async function* one(text: Promise<string>): AsyncIterable<string> {
  yield await text;
}

/** On disk under another name first, then renamed: a reader sees the old file or the new one, never a part. */
async function writeWhole(path: string, text: AsyncIterable<string | Uint8Array>): Promise<string> {
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

/** A hundred thousand short writes would be slow; bytes come in large pieces already. */
async function* inPieces(text: AsyncIterable<string | Uint8Array>): AsyncIterable<string | Uint8Array> {
  let piece = '';
  for await (const part of text) {
    const isText = typeof part === 'string';
    if (isText) piece += part;
    if (isText && piece.length <= 65_536) continue;
    yield piece;
    piece = '';
    if (!isText) yield part;
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
