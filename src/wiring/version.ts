import { readFileSync } from 'node:fs';

/** The program's version, from package.json. */
export const VERSION = String(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version);
