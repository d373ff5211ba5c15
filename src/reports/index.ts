/** Report files: the list of formats, and writing them. */
import { csv } from './csv.ts';
import { json } from './json.ts';
import type { ReportFormat } from './report.ts';
import { writeFormats, type ReadReport } from './write.ts';

/** Every format. A new one is a file beside this one and a line in this list. */
export const formats: readonly ReportFormat[] = [csv, json];

/** What is written when nobody asks for other formats. */
export const DEFAULT_FORMATS: readonly string[] = ['csv', 'json', 'html', 'md'];

/**
 * Writes the formats of these names into `folder`, each file whole or not at all. `read` is called again when another
 * process wrote a report meanwhile. Resolves to their paths.
 * @throws UserError (exit 1) when the folder cannot be written: the state still has everything
 */
export async function writeReports(read: ReadReport, folder: string, names: readonly string[] = DEFAULT_FORMATS): Promise<string[]> {
  const kind = (await read()).plan ? 'plan' : 'run';
  return writeFormats(
    formats.filter(({ name, only = kind }) => names.includes(name) && only === kind),
    read,
    folder,
  );
}
