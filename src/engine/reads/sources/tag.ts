import type { MachineFacts } from '../../../core/types.ts';
import { allMachines, foundIn, readableOrThrow } from './machines.ts';
import type { TenantSource } from './source.ts';

/** Machines that carry a tag, exactly this one; case does not matter. */
export const tag: TenantSource = {
  kind: 'tag',
  usage: 'tag:NAME',
  help: 'machines with this tag',
  permission: 'Machine.Read.All',
  read: async (name, ports) => {
    const wanted = name.toLowerCase();
    const machines = await allMachines(ports);
    const has = ({ machineTags }: MachineFacts): boolean => (machineTags ?? []).some((each) => each?.trim().toLowerCase() === wanted);
    readableOrThrow('tags', machines, (machine) => has(machine) || !machine.machineTags?.includes(null));
    return foundIn(machines.filter(has));
  },
};
