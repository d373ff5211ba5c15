/** Finding machines by address or tag, and tagging them. */
import { parseObject } from '../json.ts';
import { only, refusal, type Context, type Reaction } from '../reaction.ts';
import { collection, entity } from '../replies.ts';
import { dateKey } from '../time.ts';
import type { Machine } from '../world/machines.ts';
import { notFound } from './act.ts';

const MONTH_MS = 30 * 86_400_000;

/** GET machines/findbyip(ip='…',timestamp=…): whoever has the address now, for the emulator keeps no history. */
export function findByIp(context: Context): Reaction {
  const [ip = '', timestamp = ''] = context.parts;
  const key = dateKey(timestamp);
  const age = key === undefined ? Number.NaN : context.now - Date.parse(key);
  if (!(age <= MONTH_MS)) return only(refusal(context, 400, 'InvalidInput', 'The timestamp must be a date within the last 30 days'));
  return only(found(context, (machine) => machine['lastIpAddress'] === ip || addressesOf(machine).includes(ip)));
}

function addressesOf({ ipAddresses }: Machine): unknown[] {
  return Array.isArray(ipAddresses) ? ipAddresses.map((entry: unknown) => (isAddress(entry) ? entry.ipAddress : undefined)) : [];
}

function isAddress(value: unknown): value is { readonly ipAddress: unknown } {
  return typeof value === 'object' && value !== null && 'ipAddress' in value;
}

/** GET machines/findbytag?tag=…&useStartsWithFilter=true; without it the whole tag must match. */
export function findByTag(context: Context): Reaction {
  const { query } = context.request;
  const tag = query.get('tag');
  if (!tag) return only(refusal(context, 400, 'MissingRequiredParameter', 'Parameter tag is missing'));
  const begins = query.get('useStartsWithFilter')?.toLowerCase() === 'true';
  return only(found(context, (machine) => tagsOf(machine).some((mine) => (begins ? mine.startsWith(tag) : mine === tag))));
}

function tagsOf({ machineTags }: Machine): string[] {
  return Array.isArray(machineTags) ? machineTags.map(String) : [];
}

function found({ world, now }: Context, passes: (machine: Machine) => boolean) {
  return collection('Machines', [...world.machines.all(now)].filter(passes).slice(0, world.options.pageSize), {});
}

/** POST machines/{id}/tags with `Value` and `Action` Add or Remove: the machine as it is then. */
export function tagMachine(context: Context): Reaction {
  const [id = ''] = context.parts;
  const { Value: tag, Action: action } = parseObject(context.request.body) ?? {};
  if (typeof tag !== 'string' || tag === '' || (action !== 'Add' && action !== 'Remove'))
    return only(refusal(context, 400, 'InvalidRequestBody', 'Request body is incorrect'));
  const machine = context.world.machines.find(id);
  if (!machine) return only(notFound(context, id));
  const others = tagsOf(machine).filter((mine) => mine !== tag);
  const machineTags = action === 'Add' ? [...others, tag] : others;
  return { answer: entity(200, 'Machines', { ...machine, machineTags }), effects: [{ kind: 'tags', machineId: machine.id, machineTags }] };
}
