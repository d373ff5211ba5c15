/** Report files: the list of formats, and writing them. */
import { DEFAULT_FORMATS, type ReportFormatName } from '../core/report-formats.ts';
import { csv } from './csv.ts';
import { html, planHtml } from './html.ts';
import { json } from './json.ts';
import { md, planMd } from './md.ts';
import type { ReportFormat } from './report.ts';
import { withSums } from './sums.ts';
import { todo } from './todo.ts';
import { writeFormats, type ReadReport } from './write.ts';
import { xlsx } from './xlsx.ts';

/** Every format. A new one is a file beside this one and a line in this list. */
export const formats: readonly ReportFormat[] = [csv, todo, json, html, planHtml, md, planMd, xlsx];

/**
 * Writes the formats of these names into `folder`, each file whole or not at all. `read` is called again when another
 * process wrote a report meanwhile; their checksums stand beside them. Resolves to their paths.
 * @throws UserError (exit 1) when the folder cannot be written: the state still has everything
 */
export function writeReports(
  read: ReadReport,
  folder: string,
  { names = DEFAULT_FORMATS, kind = 'run' }: { readonly names?: readonly ReportFormatName[]; readonly kind?: 'run' | 'plan' } = {},
): Promise<string[]> {
  return writeFormats(withSums(formatsFor(kind, names)), read, folder);
}

/** The formats of these names that fit: a preview and a run have some of their own. */
export function formatsFor(kind: 'run' | 'plan', names: readonly ReportFormatName[]): readonly ReportFormat[] {
  return formats.filter(({ name, only = kind }) => names.some((wanted) => wanted === name) && only === kind);
}
