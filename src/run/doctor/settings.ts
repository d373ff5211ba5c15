/** Which settings are in force, and who said so. Secrets are never shown: only that they are there. */
import { envName, flagNames, flagOf, type Sources } from '../../settings/settings.ts';
import type { Check } from './check.ts';

export interface SettingSeen {
  readonly name: string;
  readonly value: string;
  /** `flag`, `stored` or the variable's name. */
  readonly from: string;
}

/** Variables of the environment beside the flags' twins; `secret` ones are shown as set, and no more. */
const VARIABLES: readonly { readonly name: string; readonly secret: boolean }[] = [
  { name: 'AZURE_TENANT_ID', secret: false },
  { name: 'AZURE_CLIENT_ID', secret: false },
  { name: 'AZURE_CLIENT_SECRET', secret: true },
  { name: 'AZURE_CLIENT_CERTIFICATE_PATH', secret: false },
  { name: 'AZURE_CLIENT_CERTIFICATE_PASSWORD', secret: true },
  { name: 'AZURE_FEDERATED_TOKEN_FILE', secret: false },
  { name: 'AZURE_AUTHORITY_HOST', secret: false },
  { name: 'CORDON_ACCESS_TOKEN', secret: true },
  { name: 'CORDON_NOTIFY_URL', secret: true },
  { name: 'HTTPS_PROXY', secret: true },
  { name: 'NO_PROXY', secret: false },
];

/** Everything that is not a default, in the order of the flags, then the environment's own. */
function settingsSeen({ flags, stored = {}, env }: Sources): SettingSeen[] {
  const seen: SettingSeen[] = [];
  for (const name of flagNames()) {
    const option = flagOf(name).usage.split(' ', 1)[0] ?? name;
    const [typed, kept] = [flags[name], stored[name]];
    const variable = flagOf(name).typedOnly ? '' : (env[envName(name)] ?? '').trim();
    if (typed) seen.push({ name: option, value: typed.join(', '), from: 'flag' });
    else if (kept) seen.push({ name: option, value: kept.join(', '), from: 'stored' });
    else if (variable !== '') seen.push({ name: option, value: variable, from: envName(name) });
  }
  for (const { name, secret } of VARIABLES) {
    const value = env[name] ?? env[name.toLowerCase()] ?? '';
    if (value !== '') seen.push({ name, value: secret ? '(set)' : value, from: name });
  }
  return seen;
}

export function checkSettings(sources: Sources): Check {
  const seen = settingsSeen(sources);
  const words = seen.map(({ name, value, from }) => (name === from ? `${name} ${value}` : `${name} ${value} (${from})`));
  return { name: 'settings', level: 'ok', what: words.join(', ') || 'all defaults', data: { settings: seen } };
}
