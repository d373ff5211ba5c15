/** Machines that are never to be touched, whatever the list says. */
import { machineIdOf } from './ids.ts';
import type { MachineFacts } from './types.ts';

/** One entry of an exclusion file. */
export interface Exclusion {
  readonly kind: 'id' | 'name' | 'tag' | 'group';
  /** In lower case: ids, names, tags and groups are compared without case. */
  readonly value: string;
  /** As written, with its place, for messages. */
  readonly written: string;
  readonly file: string;
  readonly line: number;
  /** Names a machine that the tenant has: that no row falls under it is no typo. */
  readonly fromTenant?: true;
}

/** What an entry means: 40 hex digits are an id, `tag:` and `group:` say so, the rest is a device name. */
export function parseExclusion(written: string, file: string, line: number): Exclusion {
  const id = machineIdOf(written);
  if (id !== undefined) return { kind: 'id', value: id, written, file, line };
  const prefixed = /^(tag|group):(.+)$/i.exec(written);
  const kind = prefixed?.[1]?.toLowerCase() === 'tag' ? 'tag' : 'group';
  if (prefixed?.[2]) return { kind, value: prefixed[2].trim().toLowerCase(), written, file, line };
  return { kind: 'name', value: withoutDot(written.toLowerCase()), written, file, line };
}

/** A machine, as far as it is known. */
export interface Candidate {
  readonly machineId: string;
  readonly names: readonly string[];
  readonly facts: MachineFacts | undefined;
}

/** Exclusions ready to be asked: thousands of entries against a million rows are looked up, not searched. */
export interface Exclusions {
  readonly entries: readonly Exclusion[];
  readonly kinds: ReadonlySet<Exclusion['kind']>;
  /** Whether only machine facts can surely tell if a row is excluded. */
  readonly needFacts: boolean;
  /** Every entry that this machine falls under. */
  matches(candidate: Candidate): readonly Exclusion[];
}

/** Makes entries ready to be asked. */
export function exclusionsOf(entries: readonly Exclusion[]): Exclusions {
  const byKey = new Map<string, Exclusion[]>();
  for (const entry of entries) for (const key of keysOfEntry(entry)) byKey.set(key, [...(byKey.get(key) ?? []), entry]);
  return {
    entries,
    kinds: new Set(entries.map(({ kind }) => kind)),
    needFacts: entries.some(({ kind }) => kind !== 'id'),
    matches: (candidate) => (byKey.size === 0 ? [] : keysOf(candidate).flatMap((key) => byKey.get(key) ?? [])),
  };
}

export const NO_EXCLUSIONS: Exclusions = exclusionsOf([]);

/**
 * Why it cannot be told whether this machine is excluded, or undefined: a name, a tag or a group that nobody knows
 * could be one that is never to be touched.
 */
export function whyUnclear({ kinds }: Exclusions, { names, facts }: Candidate): string | undefined {
  if (kinds.has('name') && names.every((name) => name === '')) return 'its name is not known';
  if (facts !== undefined) return undefined;
  return kinds.has('tag') || kinds.has('group') ? 'its tags and its group are not known' : undefined;
}

/** A full name is also found by a machine whose record has the bare name only. */
function keysOfEntry({ kind, value }: Exclusion): string[] {
  return kind === 'name' && value.includes('.') ? [`name:${value}`, `bare:${hostOf(value)}`] : [`${kind}:${value}`];
}

function keysOf({ machineId, names, facts }: Candidate): string[] {
  return [
    `id:${machineId}`,
    ...names.filter((name) => name !== '').flatMap(nameKeys),
    ...(facts?.machineTags ?? []).map((tag) => `tag:${tag.toLowerCase()}`),
    ...(facts?.rbacGroupName ? [`group:${facts.rbacGroupName.toLowerCase()}`] : []),
  ];
}

/** A bare host name in the exclusions matches its FQDN. */
function nameKeys(name: string): string[] {
  const full = withoutDot(name.toLowerCase());
  return full.includes('.') ? [`name:${full}`, `name:${hostOf(full)}`] : [`name:${full}`, `bare:${full}`];
}

function hostOf(name: string): string {
  return name.split('.', 1)[0] ?? name;
}

function withoutDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
