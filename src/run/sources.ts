/** Lists that are read from the tenant: all of them are read before anything else happens, or none is used. */
import { makeFolders } from '../system/folders.ts';
import { join, resolve } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { cellOf } from '../core/column-names.ts';
import { clockTime } from '../core/eta.ts';
import { messageOf, UsageError, UserError } from '../core/errors.ts';
import type { InputRows } from '../core/types.ts';
import { sourceNamed } from '../engine/reads/sources/index.ts';
import type { Found, SourcePorts } from '../engine/reads/sources/source.ts';
import { stopped } from '../engine/reads/required.ts';
import { replaceFile } from '../system/replace.ts';
import type { Source } from '../targets/index.ts';

/** What one `--from` came to. */
export interface SourceRead {
  /** As it was typed: `tag:Tier0`. */
  readonly name: string;
  readonly found: Found;
  /** When it was read, ms since the epoch. */
  readonly at: number;
}

export interface SourceOptions {
  readonly allowEmpty: boolean;
  readonly now: () => number;
}

/**
 * Reads every source, one after the other, to its end.
 * @throws UsageError (exit 2) for a text that names no source, and for a source without machines unless they may be empty
 * @throws whatever a source's reads throw: nothing was sent then, and nothing will be
 */
export async function readSources(texts: readonly string[], ports: SourcePorts, { allowEmpty, now }: SourceOptions): Promise<SourceRead[]> {
  const named = texts.map((text) => ({ name: text.trim(), ...sourceNamed(text) }));
  const reads: SourceRead[] = [];
  for (const { name, source, value } of named) {
    const found = await source.read(value, ports).catch((error: unknown) => {
      throw stopped(error, ports.halt, name);
    });
    if (found.records.length === 0 && !allowEmpty) throw nothingIn(name, found);
    reads.push({ name, found, at: now() });
  }
  return reads;
}

function nothingIn(name: string, { notes }: Found): UsageError {
  return new UsageError(`no machine in ${name}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`, {
    hint: 'An empty list is never "all". If it may be empty, say --allow-empty.',
  });
}

/** The sources as lists for `readTargets`: their rows stand in the order in which the sources were named. */
export function asTargets(reads: readonly SourceRead[]): Source[] {
  return reads.map(({ name, found: { records, column, columns } }) => ({ kind: 'records', name, records, column, columns }));
}

/** What the question, the preview and the log say of the sources: "tag:Tier0: 214 machines, read at 12:14". */
export function describeSources(reads: readonly SourceRead[]): string[] {
  return reads.map(({ name, found: { records, notes }, at }) => {
    const count = `${records.length} ${records.length === 1 ? 'machine' : 'machines'}`;
    return [`${name}: ${count}, read at ${clockTime(at, at)}`, ...notes].join('; ');
  });
}

/** The list as it was used, in the form that `run` takes; the same rows make the same text. */
export function targetsCsv(rows: InputRows): string {
  const names = [...new Set(Iterator.from(rows).flatMap(({ input }) => Object.keys(input ?? {})))];
  const header = ['machine_id', 'device_name', 'source', ...names];
  const cells = Array.from(rows, ({ text, deviceName, file, input }) => [
    text,
    deviceName,
    file,
    ...names.map((name) => cellOf(input, name) ?? ''),
  ]);
  return stringify([header, ...cells], { escape_formulas: true });
}

/**
 * Writes `targets.csv` beside a report, whole or not at all.
 * @throws UserError (exit 1) when it cannot be written: nothing was sent yet
 */
export async function saveTargets(folder: string, rows: InputRows): Promise<string> {
  const file = join(folder, 'targets.csv');
  try {
    makeFolders(resolve(folder));
    await replaceFile(file, [targetsCsv(rows)], { mode: 0o600 });
    return file;
  } catch (error) {
    throw new UserError(`the list of targets cannot be written: ${messageOf(error)}`, {
      exitCode: 1,
      hint: 'Nothing was sent.',
      cause: error,
    });
  }
}
