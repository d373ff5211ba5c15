/** Creating and cancelling machine actions. */
import { readOrder, type ActionApi, type Order } from './catalogue.ts';
import { parseObject } from '../json.ts';
import { TIME_OUT_MS, bodyOf, isOpen, type StoredAction } from '../world/lifecycle.ts';
import type { Machine } from '../world/machines.ts';
import { between, guid } from '../random.ts';
import { only, refusal, type Context, type Reaction } from '../reaction.ts';
import { entity, type Reply } from '../replies.ts';
import { dateText } from '../time.ts';
import { foreignAction, type Effect } from '../world/world.ts';

const REQUESTOR = 'cordon emulator';
/** Build of version 1709, the first with code-integrity policies. */
const FIRST_BUILD = 16_299;

/** POST machines/{id}/{action}: an action is created, or why not. */
export function act(context: Context, api: ActionApi): Reaction {
  const [id = ''] = context.parts;
  const machine = context.world.machines.find(id);
  const order = readOrder(api, context.request.body);
  if ('code' in order) return only(refusal(context, 400, order.code, order.message));
  if (!machine) return only(notFound(context, id));
  const unsupported = whyUnsupported(machine, api);
  const seen: Effect = { kind: 'see', machineId: machine.id };
  if (unsupported) return { answer: refusal(context, 400, ...unsupported), effects: [seen] };
  const { answer, effects } = onMachine(context, api, order, machine);
  return { answer, effects: [seen, ...effects] };
}

/** What the API says of a machine it does not know. */
export function notFound(context: Context, id: string): Reply {
  return refusal(context, 404, 'ResourceNotFound', `Machine ${id} was not found`);
}

function whyUnsupported({ osPlatform, osBuild }: Machine, { windowsOnly, type }: ActionApi): [string, string] | undefined {
  if (!windowsOnly || osPlatform === null) return undefined;
  if (!osPlatform.startsWith('Windows')) return ['OsPlatformNotSupported', `OS Platform ${osPlatform} isn't supported for this action`];
  if (osBuild === null || osBuild >= FIRST_BUILD) return undefined;
  return ['ClientVersionNotSupported', `${type} is supported on client version 1709 and above`];
}

function onMachine(context: Context, api: ActionApi, order: Order, machine: Machine): Reaction {
  const { world, now, random } = context;
  const mine = world.actions.ofMachine(machine.id);
  const sameType = mine.findLast((action) => action.type === api.type && isOpen(action, now));
  if (sameType) return { answer: duplicate(context, sameType), effects: [] };
  const met = mine.some((action) => action.type === api.type && !action.requested);
  if (!met && world.machines.isInProgress(machine.id)) {
    const foreign = foreignAction(world, machine.id, api.type, guid(random, world.scale.origin), false);
    return { answer: duplicate(context, foreign), effects: [{ kind: 'open', action: foreign }] };
  }
  if (mine.some((action) => action.blocks && isOpen(action, now))) return only(inProgress(context));
  const action = newAction(context, api, order, machine);
  return { answer: created(context, 201, action), effects: [{ kind: 'open', action }] };
}

function inProgress(context: Context): Reply {
  return refusal(context, 400, 'ActiveRequestAlreadyExists', 'Action is already in progress');
}

/** Both answers are reported of the API, and neither 200 nor 201 is certain for the second. */
function duplicate(context: Context, existing: StoredAction): Reply {
  const { duplicates } = context.world.options;
  const returns = duplicates === 'return' || (duplicates === 'mixed' && context.random() < 0.5);
  return returns ? created(context, context.random() < 0.5 ? 200 : 201, existing) : inProgress(context);
}

/** The scope comes with later reads only. */
function created({ now }: Context, status: number, action: StoredAction): Reply {
  return entity(status, 'MachineActions', { ...bodyOf(action, now), scope: null });
}

function newAction({ world, now, random }: Context, { type }: ActionApi, order: Order, machine: Machine): StoredAction {
  const { listLagMs, actionMs, speed } = world.options;
  const offline = world.machines.isOffline(machine);
  const takes = offline ? TIME_OUT_MS : between(random, actionMs) * speed;
  return {
    id: guid(random, world.scale.origin),
    type,
    machineId: machine.id,
    computerDnsName: machine.computerDnsName,
    requestor: REQUESTOR,
    requestorComment: order.comment,
    requestSource: 'PublicApi',
    scope: order.scope,
    sha1: order.sha1,
    createdText: dateText(now),
    createdAt: now,
    visibleAt: now + listLagMs * speed,
    startsAt: now + (offline ? takes : takes / 4),
    endsAt: now + takes,
    endsAs: offline ? 'TimeOut' : 'Succeeded',
    requested: true,
    blocks: false,
    cancellation: null,
  };
}

/** POST machineactions/{id}/cancel: only what is still open can be cancelled. */
export function cancel(context: Context): Reaction {
  const { world, now, request, caller } = context;
  const [id = ''] = context.parts;
  const action = world.actions.find(id);
  if (!action) return only(refusal(context, 404, 'ResourceNotFound', `Machine action ${id} was not found`));
  if (!isOpen(action, now)) return only(refusal(context, 400, 'InvalidInput', `Machine action ${id} is not active any more`));
  const comment = parseObject(request.body)?.['Comment'];
  const cancellation = { at: now, requestor: caller.app, comment: typeof comment === 'string' ? comment : null };
  return {
    answer: entity(200, 'MachineActions', bodyOf({ ...action, cancellation }, now)),
    effects: [{ kind: 'cancel', id: action.id, cancellation }],
  };
}
