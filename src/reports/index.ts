/** Report files: the list of formats, and writing them. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { messageOf, UserError } from '../core/errors.ts';
import { replaceFile } from '../system/replace.ts';
import { csv } from './csv.ts';
import { json } from './json.ts';
import type { Report, ReportFormat } from './report.ts';

/** Every format. A new one is a file beside this one and a line in this list. */
export const formats: readonly ReportFormat[] = [csv, json];

/** What is written when nobody asks for other formats. */
export const DEFAULT_FORMATS: readonly string[] = ['csv', 'json', 'html', 'md'];

/**
 * Writes the formats of these names into `folder`, each file whole or not at all. Resolves to their paths.
 * @throws UserError (exit 1) when the folder cannot be written: the state still has everything
 */
export async function writeReports(report: Report, folder: string, names: readonly string[] = DEFAULT_FORMATS): Promise<string[]> {
  const kind = report.plan ? 'plan' : 'run';
  const chosen = formats.filter(({ name, only = kind }) => names.includes(name) && only === kind);
  try {
    // Node's recursive mkdir never ends where the working folder is gone; an absolute path fails instead.
    await mkdir(resolve(folder), { recursive: true });
    const paths: string[] = [];
    for (const format of chosen) {
      const path = join(folder, format.file);
      await replaceFile(path, format.text(report));
      paths.push(path);
    }
    return paths;
  } catch (error) {
    throw new UserError(`the report cannot be written to ${folder}: ${messageOf(error)}`, {
      exitCode: 1,
      hint: `Nothing is lost: cordon report ${report.run.id} --report DIR writes it again.`,
      cause: error,
    });
  }
}
