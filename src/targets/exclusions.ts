/** Reading exclusion files: what must never be touched. One entry a line; what is not understood stops everything. */
import { GuardError, UserError } from '../core/errors.ts';
import { isBadEntry, parseExclusion, type Exclusion } from '../core/exclusion-entry.ts';
import { fileBytes } from './bytes.ts';
import { isHeader } from './columns.ts';
import { complaint, excerpt } from './complaint.ts';
import { textOf } from './decode.ts';
import { eachLine } from './lines.ts';

const HINT = 'An exclusion file is a text file with one id, DNS name, name:PATTERN, tag:NAME, group:NAME or os:PATTERN a line.';

export interface ReadExclusions {
  readonly entries: readonly Exclusion[];
  /** Files that hold no entry at all: perhaps not what somebody meant to name. */
  readonly emptyFiles: readonly string[];
}

/**
 * The entries of the files, in order, then those that were typed (`--exclude-machine`).
 * @throws GuardError (exit 6) when a file cannot be read to its end
 * @throws UsageError (exit 2) naming file and line when a line is no entry
 */
export async function readExclusions(paths: readonly string[], typed: readonly string[] = []): Promise<ReadExclusions> {
  const entries: Exclusion[] = [];
  const emptyFiles: string[] = [];
  for (const path of paths) {
    const before = entries.length;
    for (const { text, line } of await linesOf(path)) entries.push(...entryOf(text, path, line, entries.length === before));
    if (entries.length === before) emptyFiles.push(path);
  }
  for (const [i, text] of typed.entries()) entries.push(typedEntry(text, i + 1));
  return { entries, emptyFiles };
}

async function linesOf(file: string): Promise<{ text: string; line: number }[]> {
  const lines: { text: string; line: number }[] = [];
  try {
    const list = { file, head: '', chunks: textOf(file, fileBytes(file)) };
    await eachLine(list, (text, line) => lines.push({ text, line }));
    return lines;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new GuardError(`exclusions: ${error.message}`, { hint: error.hint ?? HINT, cause: error });
  }
}

function entryOf(text: string, file: string, line: number, isFirst: boolean): Exclusion[] {
  const parsed = parseExclusion(text, file, line);
  if (parsed === undefined) return [];
  if (isBadEntry(parsed)) throw complaint(file, line, `${excerpt(text.trim())} is no exclusion: ${parsed.problem}`, parsed.instead);
  if (isFirst && isHeader([parsed.written], { column: undefined, standIns: [], hint: HINT }))
    throw complaint(
      file,
      line,
      `${excerpt(parsed.written)} looks like a column's name, not like a machine`,
      `Leave the header out. ${HINT}`,
    );
  return [parsed];
}

function typedEntry(text: string, place: number): Exclusion {
  const [entry] = entryOf(text, '--exclude-machine', place, false);
  if (entry === undefined) throw complaint('--exclude-machine', place, 'names no machine', HINT);
  return entry;
}
