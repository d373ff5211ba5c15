/** POST machines/{id}/{action}: an action is created, or why not. */
import { readOrder, type ActionApi, type Order } from './catalogue.ts';
import { wireOf, isOpen, type StoredAction } from '../world/lifecycle.ts';
import { fateOf } from '../world/fate.ts';
import type { Machine } from '../world/machines.ts';
import { guid } from '../random.ts';
import { only, refusal, type Context, type Reaction } from '../reaction.ts';
import { noAutomationLevel } from './refusals.ts';
import { entity, type Reply } from '../replies.ts';
import { dateText } from '../time.ts';
import { foreignAction, type Effect } from '../world/world.ts';

const REQUESTOR = 'cordon emulator';

export function act(context: Context, api: ActionApi): Reaction {
  const [id = ''] = context.parts;
  const found = context.world.machines.find(id);
  const order = readOrder(api, context.request.body);
  if ('code' in order) return only(refusal(context, 400, order.code, order.message));
  if (!found) return only(notFound(context, id));
  const machine = context.world.machines.standingFor(found);
  const seen: Effect = { kind: 'see', machineId: machine.id };
  const refused = whyRefused(context, api, order, machine);
  if (refused) return { answer: refused, effects: [seen] };
  const { answer, effects } = onMachine(context, api, order, machine);
  return { answer, effects: [seen, ...effects] };
}

/** What the API says of a machine it does not know. */
export function notFound(context: Context, id: string): Reply {
  return refusal(context, 404, 'ResourceNotFound', `Machine ${id} was not found`);
}

function whyRefused(context: Context, api: ActionApi, { sha1 }: Order, machine: Machine): Reply | undefined {
  const unsupported = whyUnsupported(machine, api);
  if (unsupported) return refusal(context, 400, ...unsupported);
  if (context.world.machines.isDisallowed(machine.id)) return noAutomationLevel(context);
  if (sha1 === null || !context.world.machines.lacks(machine.id, sha1)) return undefined;
  return refusal(context, 404, 'ResourceNotFound', `Sha1 ${sha1} was not found in machine ${machine.id}`);
}

function whyUnsupported({ osPlatform, osBuild }: Machine, { windowsOnly, type, oldest }: ActionApi): [string, string] | undefined {
  if (osPlatform === null) return undefined;
  if (windowsOnly && !osPlatform.startsWith('Windows'))
    return ['OsPlatformNotSupported', `OS Platform ${osPlatform} isn't supported for this action`];
  const counts = oldest.onServers ? osPlatform.startsWith('Windows') : osPlatform === 'Windows10';
  if (!counts || osBuild === null || osBuild >= oldest.build) return undefined;
  return ['ClientVersionNotSupported', `${type} is supported on client version ${oldest.version} and above`];
}

function onMachine(context: Context, api: ActionApi, order: Order, machine: Machine): Reaction {
  const { world, now, random } = context;
  const mine = world.actions.ofMachine(machine.id);
  const sameType = mine.findLast((action) => action.type === api.type && isOpen(action, now));
  if (sameType) return second(context, api, order, machine, sameType);
  const met = mine.some((action) => action.type === api.type && !action.asked);
  if (!met && world.machines.isInProgress(machine.id)) {
    const foreign = foreignAction(world, machine.id, api.type, guid(random, world.scale.origin), false);
    const { answer, effects } = second(context, api, order, machine, foreign);
    return { answer, effects: [{ kind: 'open', action: foreign }, ...effects] };
  }
  if (mine.some((action) => action.blocks && isOpen(action, now))) return only(inProgress(context));
  return opened(context, api, order, machine, false);
}

function opened(context: Context, api: ActionApi, order: Order, machine: Machine, stacked: boolean): Reaction {
  const action = newAction(context, api, order, machine, stacked);
  // A fresh action is Pending however soon it ends.
  return { answer: created(context, 201, { ...action, startsAt: Infinity }), effects: [{ kind: 'open', action }] };
}

function inProgress(context: Context): Reply {
  return refusal(context, 400, 'ActiveRequestAlreadyExists', 'Action is already in progress');
}

/** All three are reported of the API, and neither 200 nor 201 is certain for the existing action. */
function second(context: Context, api: ActionApi, order: Order, machine: Machine, existing: StoredAction): Reaction {
  const { duplicates } = context.world.options;
  if (api.neverReturned) return only(inProgress(context));
  if (duplicates === 'stack') return opened(context, api, order, machine, true);
  const returns = duplicates === 'return' || (duplicates === 'mixed' && context.random() < 0.5);
  return only(returns ? created(context, context.random() < 0.5 ? 200 : 201, existing) : inProgress(context));
}

/** The scope comes with later reads only. */
function created({ now }: Context, status: number, action: StoredAction): Reply {
  return entity(status, 'MachineActions', { ...wireOf(action, now), scope: null });
}

function newAction(context: Context, { type }: ActionApi, order: Order, machine: Machine, stacked: boolean): StoredAction {
  const { world, now, random } = context;
  const { listLagMs, speed } = world.options;
  const asked = { machineId: context.parts[0]?.toLowerCase() ?? '', type, comment: order.comment };
  const action: StoredAction = {
    id: guid(random, world.scale.origin),
    type,
    machineId: machine.id,
    computerDnsName: machine.computerDnsName,
    requestor: REQUESTOR,
    requestorComment: order.comment,
    requestSource: 'PublicApi',
    scope: order.scope,
    sha1: order.sha1,
    commands: [],
    createdText: dateText(now),
    createdAt: now,
    visibleAt: now + listLagMs * speed,
    ...fateOf(world, { type, scope: order.scope, machine, stacked }, now, random),
    asked,
    blocks: false,
    cancellation: null,
  };
  return context.twist?.(action) ?? action;
}
