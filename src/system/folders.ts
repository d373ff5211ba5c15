/** Making folders. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it that are missing; new ones get `mode`. Node's own recursive mkdir never ends where
 * the kernel says "no such entry" to every new one: below `/proc`, or in a folder that was removed meanwhile.
 * @throws the file system's error
 */
export function makeFolders(path: string, mode = 0o777): void {
  const missing: string[] = [];
  let at = resolve(path);
  for (; !statSync(at, { throwIfNoEntry: false }) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  for (const folder of missing) makeOne(folder, mode);
  // What stands there already and is no folder says so in the file system's own words.
  if (!statSync(resolve(path)).isDirectory()) mkdirSync(resolve(path));
}

/** Somebody else may make it at the same time. */
function makeOne(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
