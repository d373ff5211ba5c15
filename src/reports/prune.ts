/** Removing old reports: only files that this program writes, then folders that are empty. */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../core/errors.ts';
import { prunableFolders, type Prunable } from '../core/report-folders.ts';

/** What a run and a preview write beside each other, and what a killed process left of one. */
const OURS = /^((report|plan)\.(csv|json|html|md|xlsx)|todo\.csv|targets\.csv|SHA256SUMS|\..*\.[0-9a-f]{16}\.tmp)$/;

export interface PrunedReports {
  /** Folders that are gone. */
  readonly removed: readonly string[];
  /** Old folders that hold something else too: that was left. */
  readonly left: readonly string[];
}

/**
 * Removes the reports of runs that are old and that the state does not have any more.
 * @throws UserError (exit 1) when the folder cannot be read or a file not be removed; a folder that is not there is empty
 */
export async function pruneReports(folder: string, which: Omit<Prunable, 'names'>): Promise<PrunedReports> {
  const [removed, left]: [string[], string[]] = [[], []];
  try {
    for (const name of prunableFolders({ names: await foldersIn(folder), ...which }))
      ((await removeReports(join(folder, name))) ? removed : left).push(join(folder, name));
    return { removed, left };
  } catch (error) {
    throw new UserError(`old reports in ${folder} cannot be removed: ${messageOf(error)}`, { exitCode: 1, cause: error });
  }
}

/** Links are not followed: what they lead to may be anything. */
async function foldersIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Whether the folder is gone. */
async function removeReports(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  const ours = names.filter((name) => OURS.test(name));
  for (const name of ours) await rm(join(folder, name));
  if (ours.length < names.length) return false;
  await rmdir(folder);
  return true;
}
