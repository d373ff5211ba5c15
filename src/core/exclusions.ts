/** Machines that are never to be touched, whatever the list says. Pure. */
import { withoutDot, type Exclusion, type ExclusionKind } from './exclusion-entry.ts';
import { covers, folded, isPattern } from './pattern.ts';
import type { MachineFacts } from './types.ts';

export { isBadEntry, parseExclusion, type Exclusion, type ExclusionKind } from './exclusion-entry.ts';

/** A machine, as far as it is known. */
export interface Candidate {
  readonly machineId: string;
  /** What the list calls it, or '': may add an exclusion, and never takes one away. */
  readonly listName: string;
  /** The API's own words; undefined where they were not read. */
  readonly facts: MachineFacts | undefined;
}

/** Exclusions ready to be asked: thousands of entries against a million rows are looked up, not searched. */
export interface Exclusions {
  readonly entries: readonly Exclusion[];
  readonly kinds: ReadonlySet<ExclusionKind>;
  /** Machine ids that are named: to be asked for, so that a mistyped one is noticed. */
  readonly ids: ReadonlySet<string>;
  /** Whether only machine facts can surely tell if a row is excluded. */
  readonly needFacts: boolean;
  /** Files that were named and hold no entry. */
  readonly emptyFiles: readonly string[];
  /** Every entry that this machine falls under. */
  matches(candidate: Candidate): readonly Exclusion[];
}

/** Makes entries ready to be asked. */
export function exclusionsOf(entries: readonly Exclusion[], emptyFiles: readonly string[] = []): Exclusions {
  const index = indexOf(entries);
  return {
    entries,
    emptyFiles,
    kinds: new Set(entries.map(({ kind }) => kind)),
    ids: new Set(entries.flatMap(({ kind, values, fromTenant }) => (kind === 'id' && !fromTenant ? values : []))),
    needFacts: entries.some(({ kind }) => kind !== 'id'),
    matches: (candidate) => (entries.length === 0 ? [] : found(index, keysOf(candidate))),
  };
}

export const NO_EXCLUSIONS: Exclusions = exclusionsOf([]);

/**
 * Why it cannot be told whether this machine is excluded, or undefined: a name, a tag, a group or an operating system
 * that the API does not say, or not readably, could be one that is never to be touched. What the list says is no help.
 */
export function whyUnclear({ kinds }: Exclusions, { facts }: Candidate): string | undefined {
  const unknown = [
    kinds.has('name') && folded(facts?.computerDnsName ?? '') === '' ? 'its name' : '',
    kinds.has('tag') && (facts?.machineTags ?? [null]).includes(null) ? 'its tags' : '',
    kinds.has('group') && typeof facts?.rbacGroupName !== 'string' ? 'its group' : '',
    kinds.has('os') && folded(facts?.osPlatform ?? '') === '' ? 'its operating system' : '',
  ].filter((part) => part !== '');
  if (unknown.length === 0) return undefined;
  return `${unknown.join(' and ')} ${unknown.length > 1 || unknown[0] === 'its tags' ? 'are' : 'is'} not known`;
}

/** Entries that neither a row nor any of these machines falls under. `left`: those that no row fell under. */
export function unmatchedBy(exclusions: Exclusions, left: ReadonlySet<Exclusion>, machines: Iterable<MachineFacts>): Exclusion[] {
  const unmatched = new Set(left);
  for (const facts of machines) {
    if (unmatched.size === 0) break;
    for (const hit of exclusions.matches({ machineId: facts.id, listName: '', facts })) unmatched.delete(hit);
  }
  return [...unmatched];
}

interface Index {
  readonly exact: ReadonlyMap<string, readonly Exclusion[]>;
  readonly patterns: readonly { readonly key: string; readonly entry: Exclusion }[];
}

function indexOf(entries: readonly Exclusion[]): Index {
  const keyed = entries.flatMap((entry) => entry.values.flatMap((value) => keysOfValue(entry.kind, value)).map((key) => ({ key, entry })));
  const exact = Map.groupBy(
    keyed.filter(({ key }) => !isPattern(key)),
    ({ key }) => key,
  );
  return {
    exact: new Map([...exact].map(([key, hits]) => [key, hits.map(({ entry }) => entry)])),
    patterns: keyed.filter(({ key }) => isPattern(key)),
  };
}

function found({ exact, patterns }: Index, keys: readonly string[]): Exclusion[] {
  const hits = new Set(keys.flatMap((key) => exact.get(key) ?? []));
  for (const { key: pattern, entry } of patterns) if (keys.some((key) => key[0] === pattern[0] && covers(pattern, key))) hits.add(entry);
  return [...hits];
}

/**
 * A full name is also found by a machine whose record has the bare name only; a pattern that says nothing of the host
 * (`*.corp.example`) is about the domain, which a bare name does not have. An id may be a machine's name as well.
 */
function keysOfValue(kind: ExclusionKind, value: string): string[] {
  if (kind === 'id') return [`id:${value}`, `name:${value}`];
  if (kind === 'os') return [`os:${value.replaceAll(/\s/g, '')}`];
  if (kind !== 'name') return [`${kind}:${value}`];
  const host = hostOf(value);
  return value.includes('.') && /[^*?]/.test(host) ? [`name:${value}`, `bare:${host}`] : [`name:${value}`];
}

function keysOf({ machineId, listName, facts }: Candidate): string[] {
  const { computerDnsName, machineTags, rbacGroupName, osPlatform } = facts ?? {};
  return [
    `id:${machineId}`,
    ...[computerDnsName, listName].flatMap((name) => nameKeys(withoutDot(folded(name ?? '')))),
    ...(machineTags ?? []).map((tag) => (tag === null ? '' : `tag:${folded(tag)}`)),
    ...(typeof rbacGroupName === 'string' ? [`group:${folded(rbacGroupName || NO_GROUP)}`] : []),
    ...(osPlatform ? [`os:${folded(osPlatform).replaceAll(/\s/g, '')}`] : []),
  ].filter((key) => key !== '');
}

/** What the service itself calls the group of machines that are in none (mde-actions.md §6). */
const NO_GROUP = 'UnassignedGroup';

/** A bare host name in the exclusions matches its FQDN. */
function nameKeys(name: string): string[] {
  if (name === '') return [];
  return name.includes('.') ? [`name:${name}`, `name:${hostOf(name)}`] : [`name:${name}`, `bare:${name}`];
}

function hostOf(name: string): string {
  return name.split('.', 1)[0] ?? name;
}
