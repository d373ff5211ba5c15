/** Reading machine actions. */
import type { Filter, Fields, Value } from '../odata/filter.ts';
import { wireOf, statusAt, updatedText, type StoredAction } from '../world/lifecycle.ts';
import { pageOf, sorted, type ListQuery } from '../odata/query.ts';
import { listed, type Listing } from './listing.ts';
import { guid, seeded } from '../random.ts';
import { dateText } from '../time.ts';
import { foreignAction } from '../world/world.ts';
import { only, refusal, type Context, type Reaction } from '../reaction.ts';
import { entity, type Reply } from '../replies.ts';

/** Documented fields, and `lastUpdateDateTimeUtc`, which clients use. @see mde-api.md §3 */
const ACTION_FIELDS: Fields = {
  id: 'key',
  status: 'string',
  machineId: 'string',
  type: 'string',
  requestor: 'string',
  creationDateTimeUtc: 'date',
  lastUpdateDateTimeUtc: 'date',
};

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** GET machineactions */
export function listActions(context: Context): Reaction {
  const { world, now } = context;
  const choose: Listing['choose'] = (query) => {
    const read = actionFields(now);
    const records = actionsFor(context, query, read);
    const page = pageOf(records, query, read, world.options.pageSize);
    return { ...page, rows: page.rows.map((action) => wireOf(action, now)) };
  };
  const invent = (place: number): unknown => wireOf(inventedAction(context, place), now);
  return listed(context, { fields: ACTION_FIELDS, set: 'MachineActions', choose, invent });
}

/** Somebody else's action at this place in a list without an end: always the same, and not in the world. */
function inventedAction({ world, now }: Context, place: number): StoredAction {
  const machineId = place.toString(16).padStart(40, 'e');
  const id = guid(seeded(place), world.scale.origin);
  const action = foreignAction(world, machineId, 'RunAntiVirusScan', id, false);
  return { ...action, createdText: dateText(now), createdAt: now, startsAt: now };
}

/** GET machineactions/{id} */
export function oneAction(context: Context): Reaction {
  const action = visibleAction(context);
  return only('status' in action ? action : entity(200, 'MachineActions', wireOf(action, context.now)));
}

/** The action of the path that reads show by now, or why there is none. */
export function visibleAction(context: Context): StoredAction | Reply {
  const [id = ''] = context.parts;
  if (!GUID.test(id)) {
    const message = `The key value (${id}) from request is not valid. The key value should be format of type 'Edm.Guid'.`;
    return refusal(context, 400, 'BadRequest', message);
  }
  const action = context.world.actions.find(id);
  if (action && action.visibleAt <= context.now) return action;
  return refusal(context, 404, 'ResourceNotFound', `Machine action ${id} was not found`);
}

/** The visible actions in the query's order, newest first unless it says otherwise, as few as the filter lets. */
function actionsFor(context: Context, query: ListQuery, read: (action: StoredAction, field: string) => Value): Iterable<StoredAction> {
  const [key, ...others] = query.orderBy;
  const byCreation = key === undefined || (key.field === 'creationDateTimeUtc' && others.length === 0);
  const newestFirst = key?.descending ?? true;
  const records = visible(candidates(context, query.filter, byCreation && newestFirst), context.now);
  return byCreation ? records : sorted(records, query.orderBy, read);
}

function* visible(actions: Iterable<StoredAction>, now: number): Generator<StoredAction> {
  for (const action of actions) if (action.visibleAt <= now) yield action;
}

/** Actions among which all that pass the filter are: by id, by machine, or by creation time. */
function candidates({ world }: Context, filter: Filter | undefined, newestFirst: boolean): Iterable<StoredAction> {
  const conditions = filter === undefined ? [] : conjuncts(filter);
  const ids = texts(conditions, 'id');
  const machineIds = texts(conditions, 'machineId');
  const chosen = ids ? world.actions.ofIds(ids) : machineIds && world.actions.ofMachines(machineIds);
  if (chosen) return newestFirst ? chosen.reverse() : chosen;
  return world.actions.between(bound(conditions, 'g') ?? '', bound(conditions, 'l') ?? '~', newestFirst);
}

function conjuncts(filter: Filter): Filter[] {
  return filter.op === 'and' ? [...conjuncts(filter.left), ...conjuncts(filter.right)] : [filter];
}

/** The values that a condition leaves to a field, if one names them. */
function texts(conditions: readonly Filter[], field: string): string[] | undefined {
  for (const condition of conditions) {
    if ('cased' in condition && condition.cased) continue;
    if (condition.op === 'in' && condition.field === field) return [...condition.values].map(String);
    if (condition.op === 'compare' && condition.field === field && condition.by === 'eq') return [String(condition.value)];
  }
  return undefined;
}

/** A bound of the creation time; the filter itself decides about the end. */
function bound(conditions: readonly Filter[], side: 'g' | 'l'): string | undefined {
  const found = conditions.find(
    (condition) => condition.op === 'compare' && condition.field === 'creationDateTimeUtc' && condition.by.startsWith(side),
  );
  return found?.op === 'compare' && typeof found.value === 'string' ? found.value : undefined;
}

function actionFields(now: number): (action: StoredAction, field: string) => Value {
  const readers: Readonly<Record<string, (action: StoredAction) => Value>> = {
    id: ({ id }) => id,
    status: (action) => statusAt(action, now),
    machineId: ({ machineId }) => machineId,
    type: ({ type }) => type,
    requestor: ({ requestor }) => requestor,
    creationDateTimeUtc: ({ createdText }) => createdText,
    lastUpdateDateTimeUtc: (action) => updatedText(action, now),
  };
  return (action, field) => readers[field]?.(action) ?? null;
}
