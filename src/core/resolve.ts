/** From a DNS name or an Entra device id to the one machine that is meant, or to the reason why it cannot be told. Pure. */
import { isGuid, isHostName, machineIdOf, whyNoMachineId } from './ids.ts';
import type { MachineFacts } from './types.ts';

export type Resolution =
  | { readonly machineId: string; readonly note?: string }
  /** `unknown`: no record has it, which counts as an id that the tenant does not know. */
  | { readonly problem: string; readonly unknown?: boolean };

/** Looks up every text that is no machine id; the answer is by the text as it was written. */
export function resolveTexts(texts: Iterable<string>, machines: Iterable<MachineFacts>): Map<string, Resolution> {
  const index = indexOf(machines);
  const resolved = new Map<string, Resolution>();
  for (const text of texts) if (machineIdOf(text) === undefined && !resolved.has(text)) resolved.set(text, resolve(text, index));
  return resolved;
}

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

function resolve(text: string, index: Index): Resolution {
  if (isGuid(text)) return choose(`Entra device id ${text}`, index.get(`aad:${text.toLowerCase().replaceAll(/[{}]/g, '')}`) ?? []);
  if (!isHostName(text)) return { problem: whyNoMachineId(text) };
  return choose(`name ${text}`, index.get(`name:${text.toLowerCase().replace(/\.$/, '')}`) ?? []);
}

/** One usable record among several is the one that is meant; two are a question that only a person can answer. */
function choose(what: string, records: readonly MachineFacts[]): Resolution {
  const [first, second] = records;
  if (first === undefined) return { problem: `unknown: no machine of the tenant has the ${what}`, unknown: true };
  if (second === undefined) return { machineId: first.id, note: `found by the ${what}` };
  const usable = records.filter(isUsable);
  const [only] = usable;
  if (only === undefined) return { problem: `${what}: none of its ${records.length} records is active and onboarded: ${listed(records)}` };
  if (usable.length > 1) return { problem: `${what}: ${usable.length} active records, name one by its id: ${listed(usable)}` };
  return { machineId: only.id, note: `found by the ${what}; other records: ${listed(records.filter((record) => record !== only))}` };
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
