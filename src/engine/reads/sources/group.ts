import type { MachineFacts } from '../../../core/types.ts';
import { allMachines, foundIn, readableOrThrow } from './machines.ts';
import type { TenantSource } from './source.ts';

/** What stands for "in no group": the API writes it in several ways (mde-actions.md §6). */
const UNGROUPED = 'unassignedgroup';
const SHOWN = 10;

/** Machines of a device group; case does not matter. A machine whose group cannot be read may be of any. */
export const group: TenantSource = {
  kind: 'group',
  usage: 'group:NAME',
  help: 'machines of this device group (UnassignedGroup: of none)',
  permission: 'Machine.Read.All',
  read: async (name, ports) => {
    const wanted = name.toLowerCase();
    const machines = await allMachines(ports);
    readableOrThrow('group', machines, ({ rbacGroupName }) => typeof rbacGroupName === 'string');
    const members = machines.filter((machine) => groupOf(machine).toLowerCase() === wanted);
    const found = foundIn(members);
    return members.length > 0 ? found : { ...found, notes: [`groups there are: ${groupsIn(machines)}`] };
  },
};

function groupOf({ rbacGroupName }: MachineFacts): string {
  return rbacGroupName?.trim() || UNGROUPED;
}

function groupsIn(machines: readonly MachineFacts[]): string {
  const names = [...new Set(machines.map(groupOf))].sort();
  return [...names.slice(0, SHOWN), ...(names.length > SHOWN ? [`and ${names.length - SHOWN} more`] : [])].join(', ') || 'none';
}
