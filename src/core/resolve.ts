/** From a DNS name or an Entra device id to the one machine that is meant, or to the reason why it cannot be told. Pure. */
import { isGuid, isHostName, machineIdOf, whyNoMachineId } from './ids.ts';
import { instantOf } from './instant.ts';
import type { MachineFacts } from './types.ts';

export type Resolution =
  | { readonly machineId: string; readonly note?: string }
  /** `unknown`: no record has it, which counts as an id that the tenant does not know. */
  | { readonly problem: string; readonly unknown?: boolean };

/** What to do with a name that several usable records carry: ask a person, or take the one that was seen last. */
export type ManyRecords = 'refuse' | 'newest';

/** Looks up every text that is no machine id; the answer is by the text as it was written. */
export function resolveTexts(
  texts: Iterable<string>,
  machines: Iterable<MachineFacts>,
  many: ManyRecords = 'refuse',
): Map<string, Resolution> {
  const index = indexOf(machines);
  const resolved = new Map<string, Resolution>();
  for (const text of texts) if (machineIdOf(text) === undefined && !resolved.has(text)) resolved.set(text, resolve(text, index, many));
  return resolved;
}

/** What a text is called that is looked up by name. */
const NAME = 'name';

type Index = ReadonlyMap<string, readonly MachineFacts[]>;

/** Records under all that may name them: `aad:…`, the name as it is, and the host's part of a full name. */
function indexOf(machines: Iterable<MachineFacts>): Index {
  const index = new Map<string, MachineFacts[]>();
  const add = (key: string, machine: MachineFacts): void => {
    const there = index.get(key);
    if (there) there.push(machine);
    else index.set(key, [machine]);
  };
  for (const machine of machines) {
    if (machine.aadDeviceId) add(`aad:${machine.aadDeviceId.toLowerCase()}`, machine);
    const name = machine.computerDnsName?.toLowerCase();
    if (!name) continue;
    add(`name:${name}`, machine);
    if (name.includes('.')) add(`name:${name.split('.', 1)[0]}`, machine);
  }
  return index;
}

function resolve(text: string, index: Index, many: ManyRecords): Resolution {
  if (isGuid(text)) return choose(`Entra device id ${text}`, index.get(`aad:${text.toLowerCase().replaceAll(/[{}]/g, '')}`) ?? [], many);
  if (!isHostName(text)) return { problem: whyNoMachineId(text) };
  return choose(`${NAME} ${text}`, index.get(`name:${text.toLowerCase().replace(/\.$/, '')}`) ?? [], many);
}

/** One usable record among several is the one that is meant; two are a question that only a person can answer. */
function choose(what: string, records: readonly MachineFacts[], many: ManyRecords): Resolution {
  const [first, second] = records;
  if (first === undefined) return { problem: `unknown: no machine of the tenant has the ${what}`, unknown: true };
  if (second === undefined) return { machineId: first.id, note: `found by the ${what}` };
  const usable = records.filter(isUsable);
  const [only] = usable;
  if (only === undefined) return { problem: `${what}: none of its ${records.length} records is active and onboarded: ${listed(records)}` };
  if (usable.length > 1) return many === 'newest' ? newestOf(what, usable, records) : { problem: tooMany(what, usable) };
  return { machineId: only.id, note: `found by the ${what}; other records: ${listed(records.filter((record) => record !== only))}` };
}

function tooMany(what: string, usable: readonly MachineFacts[]): string {
  return `${what}: ${usable.length} active records, name one by its id, or --resolve newest takes the one seen last: ${listed(usable)}`;
}

/**
 * Of several usable records the one that was seen last, which is what a reimaged machine's new record is. Never silently,
 * and never by guess: records of different machines that share a bare name, or were last seen at the same time, stay a question.
 */
function newestOf(what: string, usable: readonly MachineFacts[], records: readonly MachineFacts[]): Resolution {
  const [newest, next] = usable.toSorted((a, b) => seenAt(b) - seenAt(a));
  // One Entra device keeps its id when it is renamed; two machines may share a bare name.
  const names = new Set(usable.map(({ computerDnsName }) => computerDnsName?.toLowerCase()));
  const areSeveral = names.size > 1 && what.startsWith(NAME);
  if (newest === undefined || areSeveral || seenAt(newest) <= (next ? seenAt(next) : 0)) return { problem: tooMany(what, usable) };
  const others = listed(records.filter((record) => record !== newest));
  return {
    machineId: newest.id,
    note: `found by the ${what}: the newest of ${usable.length} active records, last seen ${newest.lastSeen}; other records: ${others}`,
  };
}

function seenAt({ lastSeen }: MachineFacts): number {
  const at = instantOf(lastSeen);
  return Number.isNaN(at) ? 0 : at;
}

function isUsable({ healthStatus, onboardingStatus, mergedIntoMachineId }: MachineFacts): boolean {
  return healthStatus === 'Active' && onboardingStatus?.toLowerCase() === 'onboarded' && !mergedIntoMachineId;
}

const SHOWN = 5;

/** Records as a message names them: id, name and what state each is in. */
export function listed(records: readonly MachineFacts[]): string {
  const shown = records.slice(0, SHOWN).map((record) => `${record.id} (${stateOf(record)})`);
  return [...shown, ...(records.length > SHOWN ? [`and ${records.length - SHOWN} more`] : [])].join(', ');
}

function stateOf({ computerDnsName, healthStatus, onboardingStatus, mergedIntoMachineId, lastSeen }: MachineFacts): string {
  const merged = mergedIntoMachineId ? `merged into ${mergedIntoMachineId}` : undefined;
  const seen = lastSeen ? `last seen ${lastSeen.slice(0, 10)}` : undefined;
  return [computerDnsName, healthStatus, onboardingStatus, merged, seen].filter((part) => part !== null && part !== undefined).join(', ');
}
