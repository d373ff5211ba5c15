/** The tenant's machines by something that their records say. */
import { UserError } from '../../../core/errors.ts';
import { EXIT } from '../../../core/exit.ts';
import { readMachines as parseMachines } from '../../../core/answers.ts';
import type { MachineFacts } from '../../../core/types.ts';
import { readMachines } from '../machines.ts';
import { READ_WINDOWS, withLane } from '../service.ts';
import { List } from '../walk.ts';
import { noted, type Found, type SourcePorts } from './source.ts';

/**
 * Every record of the tenant, walked to its end. Whether the API's own search by tag is whole is not documented, groups
 * cannot be searched for at all (mde-actions.md §6), and a walk costs one request for 10,000 machines.
 */
export async function allMachines({ mde, halt }: SourcePorts): Promise<readonly MachineFacts[]> {
  return withLane(mde, 'machines', READ_WINDOWS, async (lane) => {
    const source = { api: mde.api, runId: null, signal: halt.signal, tries: Infinity, lane };
    const list = new List<MachineFacts>({ ...source, list: 'machines', parse: parseMachines, notFoundIsEmpty: true });
    const { machines } = await readMachines(list, { ids: new Set(), whole: true });
    return [...machines.values()];
  });
}

/**
 * A machine whose record does not say readably what is looked for could be one of those wanted.
 * @throws UserError (exit 5)
 */
export function readableOrThrow(what: string, machines: readonly MachineFacts[], isReadable: (machine: MachineFacts) => boolean): void {
  const machine = machines.find((each) => isCurrent(each) && !isReadable(each));
  if (!machine) return;
  const { id, computerDnsName } = machine;
  throw new UserError(`machines cannot be read whole: the ${what} of ${computerDnsName ?? id} cannot be read`, {
    exitCode: EXIT.outage,
    hint: 'Nothing was sent.',
  });
}

/** Machines as a source gives them. */
export function foundIn(machines: readonly MachineFacts[]): Found {
  const current = machines.filter(isCurrent);
  return {
    column: 'DeviceId',
    records: current.map(({ id, computerDnsName }) => ({ DeviceId: id, DeviceName: computerDnsName ?? '' })),
    notes: noted(machines.length - current.length, 'merged records left out'),
  };
}

/** A record that was merged into another is that other one's past. */
function isCurrent({ mergedIntoMachineId }: MachineFacts): boolean {
  return !mergedIntoMachineId;
}
