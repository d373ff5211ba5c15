/** msal's memory of a person's sign-in, in a file that only this user can read. */
import type { ICachePlugin } from '@azure/msal-node';
import { dirname } from 'node:path';
import { makeFolders } from '../../system/folders.ts';
import { readText } from '../../system/reading.ts';
import { replaceFile } from '../../system/replace.ts';
import { isJsonObject } from './json.ts';

/** A cache plugin on the file at `path`; the folder is made when needed. A cache that cannot be read counts as empty. */
export function fileCache(path: string): ICachePlugin {
  return {
    beforeCacheAccess: async (context) => {
      const text = await readText(path).catch(() => '');
      if (isJsonObject(text)) context.tokenCache.deserialize(text);
    },
    afterCacheAccess: async (context) => {
      if (!context.cacheHasChanged) return;
      makeFolders(dirname(path), 0o700);
      await replaceFile(path, [context.tokenCache.serialize()], { mode: 0o600 });
    },
  };
}
