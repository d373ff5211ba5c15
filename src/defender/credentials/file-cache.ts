/** msal's memory of a person's sign-in, in a file that only this user can read. */
import type { ICachePlugin } from '@azure/msal-node';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { renameOver } from '../../files/rename.ts';
import { isJsonObject } from './json.ts';

/** A cache plugin on the file at `path`; the folder is made when needed. A cache that cannot be read counts as empty. */
export function fileCache(path: string): ICachePlugin {
  return {
    beforeCacheAccess: async (context) => {
      const text = await readFile(path, 'utf8').catch(() => '');
      if (isJsonObject(text)) context.tokenCache.deserialize(text);
    },
    afterCacheAccess: async (context) => {
      if (context.cacheHasChanged) await replaceFile(path, context.tokenCache.serialize());
    },
  };
}

/** By renaming, so that another process never reads half a file, and never a file with wider rights. */
async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text, { mode: 0o600 });
  await renameOver(temporary, path);
}
