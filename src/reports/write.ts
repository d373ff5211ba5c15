/** Writing report files: all of them whole or not at all, and never an older one over a newer one. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../core/exit.ts';
import { messageOf, UserError } from '../core/errors.ts';
import { makeFolders } from '../system/folders.ts';
import { stage, type Staged } from '../system/replace.ts';
import type { Report, ReportFormat } from './report.ts';

/** Reads what the report is to say from the state, anew at each call. */
export type ReadReport = () => Promise<Report>;

/** How often a report is read again because another process wrote meanwhile. */
const TRIES = 5;

/**
 * Writes every format into `folder`. Resolves to their paths.
 *
 * A report takes another one's place only if that one stood there before this one was read: a process that was stopped
 * half way finds the newer report when it goes on, and reads again. This needs no clock.
 * @throws UserError (exit 1) when the folder cannot be written: the state still has everything
 */
export async function writeFormats(formats: readonly ReportFormat[], read: ReadReport, folder: string): Promise<string[]> {
  let hint = '';
  const paths = formats.map(({ file }) => join(folder, file));
  try {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const before = standing(paths);
      const report = await read();
      hint = again(report);
      makeFolders(folder);
      if (await written(formats, report, paths, before)) break;
    }
    return paths;
  } catch (error) {
    throw new UserError(`the report cannot be written to ${folder}: ${messageOf(error)}`, {
      exitCode: EXIT.internal,
      hint,
      cause: error,
    });
  }
}

/** The state does not know a preview. */
function again({ run, plan }: Report): string {
  if (plan) return 'Nothing was sent. Make the preview again, where there is room or with another --report DIR.';
  return `Nothing is lost: cordon report ${run.id} --report DIR writes it again.`;
}

/** False when somebody else wrote since `before`: theirs stays. */
async function written(formats: readonly ReportFormat[], report: Report, paths: readonly string[], before: string): Promise<boolean> {
  const staged: Staged[] = [];
  try {
    for (const [n, path] of paths.entries()) staged.push(await stage(path, formats[n]?.text(report) ?? []));
    // From here to the last rename nothing is waited for.
    if (standing(paths) !== before) return false;
    await Promise.all(staged.map((file) => file.commit()));
    return true;
  } finally {
    await Promise.all(staged.map((file) => file.discard()));
  }
}

/** What tells the files that stand there now from any others. */
function standing(paths: readonly string[]): string {
  const seen = paths.map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return seen.map((stats) => (stats ? `${stats.dev}:${stats.ino}:${stats.ctimeNs}:${stats.size}` : '-')).join(' ');
}
