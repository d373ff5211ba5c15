/** Machines that were onboarded restricted, as hunting knows them: a machine's own record says it by a tag at most. */
import { machineIdOf } from '../../core/ids.ts';
import type { MachineFacts } from '../../core/types.ts';
import { hunt, type HuntingDeps } from './hunting.ts';

/** @see mde-actions.md §0: null is full operations */
const QUERY = [
  'DeviceInfo',
  '| where Timestamp > ago(7d)',
  '| summarize arg_max(Timestamp, *) by DeviceId',
  '| where isnotempty(RestrictedDeviceSecurityOperations)',
  '| project DeviceId, RestrictedDeviceSecurityOperations',
].join('\n');

/**
 * What is restricted, by machine id. Worth knowing and no more: whoever asks goes on without when it cannot be read.
 * @throws AuthError, UserError, StoppedError as `hunt` does
 */
export async function readRestrictions(deps: HuntingDeps): Promise<ReadonlyMap<string, string>> {
  const { records } = await hunt(deps, QUERY, 'restricted onboarding');
  const restrictions = new Map<string, string>();
  for (const { DeviceId, RestrictedDeviceSecurityOperations: operations } of records) {
    const id = machineIdOf(typeof DeviceId === 'string' ? DeviceId : '');
    if (id !== undefined && typeof operations === 'string' && operations !== '') restrictions.set(id, operations);
  }
  return restrictions;
}

/** The records with what is restricted on them, for the plan's warnings. */
export function withRestrictions(
  machines: ReadonlyMap<string, MachineFacts>,
  restrictions: ReadonlyMap<string, string>,
): ReadonlyMap<string, MachineFacts> {
  const known = [...restrictions].flatMap(([id, restrictedOperations]) => {
    const facts = machines.get(id);
    return facts ? [[id, { ...facts, restrictedOperations }] as const] : [];
  });
  return known.length === 0 ? machines : new Map([...machines, ...known]);
}
