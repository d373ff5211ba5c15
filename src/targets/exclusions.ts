/** Reading exclusion files: what must never be touched. */
import { GuardError, UserError } from '../core/errors.ts';
import { fileBytes } from './bytes.ts';
import { NAME_COLUMNS, type Wanted } from './columns.ts';
import { complaint } from './complaint.ts';
import { readList } from './list.ts';

const WANTED: Wanted = {
  column: undefined,
  standIns: NAME_COLUMNS,
  hint: 'An exclusion file holds one id, DNS name, tag:NAME or group:NAME a line, or has a column DeviceId or DeviceName.',
};

export interface ExclusionEntry {
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

/**
 * Entries of the exclusion files, in order and as written: ids, DNS names, `tag:NAME`, `group:NAME`.
 * In a list with columns the id counts, else the name.
 * @throws GuardError (exit 6) when a file cannot be read to its end, or a row of it names no machine.
 */
export async function readExclusions(paths: readonly string[]): Promise<ExclusionEntry[]> {
  const entries: ExclusionEntry[] = [];
  for (const path of paths) await readInto(entries, path);
  return entries;
}

async function readInto(entries: ExclusionEntry[], file: string): Promise<void> {
  try {
    await readList(file, fileBytes(file), WANTED, (cell, deviceName, line) => {
      const text = cell.trim() || deviceName.trim();
      if (text === '') throw complaint(file, line, 'this exclusion names no machine', WANTED.hint);
      entries.push({ text, file, line });
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new GuardError(`exclusions: ${error.message}`, { hint: error.hint ?? WANTED.hint, cause: error });
  }
}
