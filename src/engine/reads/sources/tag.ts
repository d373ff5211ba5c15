import { allMachines, foundIn } from './machines.ts';
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
    return foundIn(machines.filter(({ machineTags }) => (machineTags ?? []).some((each) => each?.trim().toLowerCase() === wanted)));
  },
};
