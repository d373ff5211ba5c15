/** Reading machines. */
import { notFound } from './act.ts';
import type { Fields, Value } from '../odata/filter.ts';
import { pageOf, sorted } from '../odata/query.ts';
import { listed } from './listing.ts';
import type { Machine } from '../world/machines.ts';
import { only, type Context, type Reaction } from '../reaction.ts';
import { entity } from '../replies.ts';
import { dateKey } from '../time.ts';

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

/** GET machines */
export function listMachines(context: Context): Reaction {
  const { machines, options } = context.world;
  return listed(context, MACHINE_FIELDS, 'Machines', (query) => {
    const records = query.orderBy.length === 0 ? machines.all() : sorted(machines.all(), query.orderBy, machineField);
    return pageOf(records, query, machineField, options.pageSize);
  });
}

/** GET machines/{id or name} */
export function oneMachine(context: Context): Reaction {
  const [key = ''] = context.parts;
  const { machines } = context.world;
  const machine = machines.find(key) ?? machines.named(key);
  if (!machine) return only(notFound(context, key));
  return { answer: entity(200, 'Machines', machine), effects: [{ kind: 'see', machineId: machine.id }] };
}

function machineField(machine: Machine, field: string): Value | string[] {
  const value = machine[field];
  if (Array.isArray(value)) return value.map(String);
  if (typeof value === 'string') return MACHINE_FIELDS[field] === 'date' ? (dateKey(value) ?? value) : value;
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
