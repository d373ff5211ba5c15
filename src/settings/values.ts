/** Settings as another program gives them: values instead of words. */
import type { FlagName } from './flags.ts';
import { settingsFrom, type Said, type Settings } from './settings.ts';

/** Texts are read as the flag reads them: `{ rate: '60/1m', retries: 3, resolve: true, exclude: ['dc.txt'] }`. */
export type SettingValues = { readonly [Name in FlagName]?: string | number | boolean | readonly string[] };

/** @throws UsageError when a value cannot be read */
export function settingsOfValues(values: SettingValues, env: NodeJS.ProcessEnv): Settings {
  const flags: Said = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : [String(value)]]),
  );
  return settingsFrom({ flags, env });
}
