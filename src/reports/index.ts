/** Report files: the list of formats, and writing them. */
import { csv } from './csv.ts';
import { json } from './json.ts';
import type { ReportFormat } from './report.ts';
import { writeFormats, type ReadReport } from './write.ts';

/** Every format. A new one is a file beside this one and a line in this list. */
export const formats: readonly ReportFormat[] = [csv, json];

/**
 * Writes every format into `folder`. `read` is called again when another process wrote a report meanwhile.
 * @throws UserError (exit 1) when the folder cannot be written: the state still has everything
 */
export function writeReports(read: ReadReport, folder: string): Promise<string[]> {
  return writeFormats(formats, read, folder);
}
