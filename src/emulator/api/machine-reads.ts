/** Reading machines. */
import { notFound } from './act.ts';
import { valuesNamed, type Fields } from '../odata/filter.ts';
import { pageOf, sorted, type ListQuery } from '../odata/query.ts';
import type { Machine } from '../world/machine-records.ts';
import { readerOf } from '../odata/read.ts';
import { listed, type Listing } from './listing.ts';
import { only, type Context, type Reaction } from '../reaction.ts';
import { entity } from '../replies.ts';

/** @see mde-api.md §3 */
const MACHINE_FIELDS: Fields = {
  computerDnsName: 'string',
  id: 'string',
  version: 'string',
  deviceValue: 'string',
  aadDeviceId: 'guid',
  machineTags: 'texts',
  lastSeen: 'date',
  exposureLevel: 'string',
  onboardingStatus: 'string',
  lastIpAddress: 'string',
  healthStatus: 'string',
  osPlatform: 'string',
  riskScore: 'string',
  rbacGroupId: 'number',
};

const machineField = readerOf(MACHINE_FIELDS);

/** GET machines */
export function listMachines(context: Context): Reaction {
  const { machines, options } = context.world;
  const choose: Listing['choose'] = (query) => {
    const all = [...machines.all(context.now), ...unseen(context, query)];
    const records = query.orderBy.length === 0 ? all : sorted(all, query.orderBy, machineField);
    return pageOf(records, query, machineField, options.pageSize);
  };
  const invent = (place: number): unknown => machines.invented(place.toString(16).padStart(40, 'e'));
  return listed(context, { fields: MACHINE_FIELDS, set: 'Machines', choose, invent });
}

/** Where every id exists, one that is asked for by name is there though nobody saw it before. */
function unseen({ world, now }: Context, { filter }: ListQuery): Machine[] {
  const { machines, options } = world;
  if (options.machines !== 'any' || filter === undefined) return [];
  const known = new Set([...machines.all(now)].map(({ id }) => id));
  const named = [...valuesNamed(filter, 'id')].filter((id) => !known.has(id));
  return named.map((id) => machines.find(id)).filter((machine) => machine !== undefined);
}

/** GET machines/{id or name} */
export function oneMachine(context: Context): Reaction {
  const [key = ''] = context.parts;
  const { machines } = context.world;
  const machine = machines.find(key) ?? machines.named(key);
  if (!machine) return only(notFound(context, key));
  return { answer: entity(200, 'Machines', machines.asOf(machine, context.now)), effects: [{ kind: 'see', machineId: machine.id }] };
}
