/**
 * One line of an exclusion file: a machine id, a DNS or host name, `name:PATTERN`, `tag:NAME`, `group:NAME`,
 * `os:PATTERN`; `#` begins a comment. Anything else is refused: what is not understood must not let a machine through. Pure.
 */
import { isGuid, isHostName, machineIdOf } from './ids.ts';
import { folded } from './pattern.ts';

const PREFIXES = ['name', 'tag', 'group', 'os'] as const;
export type ExclusionKind = 'id' | (typeof PREFIXES)[number];

/** An entry, understood. */
export interface Exclusion {
  readonly kind: ExclusionKind;
  /**
   * What it stands for, each folded; wildcards are patterns. There are two where a `#` stands in the line: what comes
   * before it, and all of it, because "tag:C#" may be meant as it is written. Both are spared.
   */
  readonly values: readonly string[];
  /** As written, without the comment, for messages. */
  readonly written: string;
  readonly file: string;
  readonly line: number;
  /** Names a machine that the tenant is known to have: that nothing falls under it is no typo. */
  readonly fromTenant?: true;
}

/** Why a line is no entry, and what to write instead. */
export interface BadEntry {
  readonly problem: string;
  readonly instead: string;
}

/** The entry of a line; undefined for a comment or a blank line; a reason for what is neither. */
export function parseExclusion(text: string, file: string, line: number): Exclusion | BadEntry | undefined {
  const written = (text.split('#', 1)[0] ?? '').trim();
  if (written === '') return undefined;
  const entry = (kind: ExclusionKind, values: readonly string[]): Exclusion => ({ kind, values, written, file, line });
  const id = machineIdOf(written);
  if (id !== undefined) return entry('id', [id]);
  const prefix = prefixOf(written);
  if (prefix !== undefined) return prefixed(prefix, written, text) ?? entry(prefix, valuesOf(prefix, written, text));
  const bad = whyNoName(written);
  return bad ?? entry('name', [withoutDot(folded(written))]);
}

export function isBadEntry(parsed: Exclusion | BadEntry): parsed is BadEntry {
  return 'problem' in parsed;
}

function prefixOf(text: string): (typeof PREFIXES)[number] | undefined {
  const word = /^([a-z]+):/i.exec(text)?.[1]?.toLowerCase();
  return PREFIXES.find((known) => known === word);
}

function valuesOf(prefix: (typeof PREFIXES)[number], written: string, text: string): string[] {
  const after = (whole: string): string => {
    const value = folded(whole.trim().slice(prefix.length + 1));
    return prefix === 'name' ? withoutDot(value) : value;
  };
  return [...new Set([after(written), after(text)])];
}

const QUOTED = /^["'`\u2018-\u201f\u00ab\u00bb]/;

/** What is wrong with the part after a known prefix. */
function prefixed(prefix: (typeof PREFIXES)[number], written: string, text: string): BadEntry | undefined {
  const value = written.slice(prefix.length + 1).trim();
  if (value === '' || valuesOf(prefix, written, text).includes(''))
    return { problem: `nothing stands after "${prefix}:"`, instead: `Write ${prefix}:NAME, or leave the line out.` };
  if (QUOTED.test(value)) return { problem: 'quotation marks', instead: `Write it without: ${prefix}:${unquoted(value)}` };
  if (prefix === 'name' && /[\\/,;"|]/.test(value)) return badName(value, 'name:');
  return undefined;
}

const ONE_A_LINE = 'Write one entry a line: a machine id, a DNS or host name, name:PATTERN, tag:NAME, group:NAME or os:PATTERN.';

/** What is wrong with an entry without a prefix; undefined for a DNS or host name. */
function whyNoName(text: string): BadEntry | undefined {
  if (QUOTED.test(text)) return { problem: 'quotation marks', instead: `Write it without: ${unquoted(text)}` };
  if (isAddress(text)) return { problem: 'an IP address: machines change theirs', instead: 'Write the machine’s id or its DNS name.' };
  if (text.includes(':')) return badPrefix(text);
  if (/[\s,;|\\/]/.test(text)) return badName(text, '');
  if (/[*?]/.test(text)) return { problem: 'a pattern needs to say of what', instead: `Write name:${text}` };
  if (isGuid(text))
    return { problem: 'an Entra device id or another GUID', instead: 'Write the machine’s id (40 hex digits) or its DNS name.' };
  if (/^[0-9a-f]{21,}$/i.test(text))
    return { problem: `${text.length} hex digits: a machine id has 40`, instead: 'Write the whole id, or the DNS name.' };
  if (/^[^$]+\$$/.test(text) && isHostName(text.slice(0, -1)))
    return { problem: 'an account name', instead: `Write the host name: ${text.slice(0, -1)}` };
  return isHostName(text) ? undefined : { problem: 'neither a machine id nor a DNS or host name', instead: ONE_A_LINE };
}

/** Separators where one name should stand: a domain before it, or a second entry behind it. */
function badName(text: string, prefix: string): BadEntry {
  const host = /^[^\\/\s]+[\\/]([^\\/\s,;|]+)$/.exec(text)?.[1];
  if (host !== undefined && !/^\d+$/.test(host))
    return { problem: 'a domain or a path before the name', instead: `Write the host name alone: ${prefix}${host}` };
  return { problem: 'more than one entry on this line', instead: ONE_A_LINE };
}

/** Words that people write for the four prefixes, and for an id or a name that needs none. */
const MEANT: Readonly<Record<string, string>> = {
  tags: 'tag:',
  label: 'tag:',
  machinetag: 'tag:',
  machinetags: 'tag:',
  groups: 'group:',
  devicegroup: 'group:',
  rbacgroup: 'group:',
  names: 'name:',
  host: 'name:',
  hostname: 'name:',
  dns: 'name:',
  device: 'name:',
  devicename: 'name:',
  computer: 'name:',
  platform: 'os:',
  osplatform: 'os:',
  id: '',
  machine: '',
  machineid: '',
  deviceid: '',
};

function badPrefix(text: string): BadEntry {
  const [before = '', ...rest] = text.split(':');
  const word = before.toLowerCase().replaceAll(/[\s_-]/g, '');
  const meant = MEANT[word] ?? PREFIXES.find((known) => known === word)?.concat(':');
  const known = `Known are ${PREFIXES.map((prefix) => `${prefix}:`).join(', ')}; ids and DNS names stand alone.`;
  return {
    problem: `"${before}:" is no kind of exclusion`,
    instead: meant === undefined ? known : `Write ${meant}${rest.join(':').trim()}`,
  };
}

function isAddress(text: string): boolean {
  const bare = text.replace(/^\[/, '').replace(/(\/\d+|\]|\]?:\d+)$/, '');
  return /^\d{1,3}(\.\d{1,3}){1,3}$/.test(bare) || (/^[0-9a-f:.%]+$/i.test(text) && (text.match(/:/g)?.length ?? 0) > 1);
}

function unquoted(text: string): string {
  return text.replaceAll(/["'`\u2018-\u201f\u00ab\u00bb]/g, '').trim();
}

export function withoutDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
