/** Reading alerts: the cheapest way from an incident to its machines. */
import type { Fields } from '../odata/filter.ts';
import { pageOf, sorted } from '../odata/query.ts';
import { readerOf } from '../odata/read.ts';
import { only, refusal, type Context, type Reaction } from '../reaction.ts';
import { entity } from '../replies.ts';
import { notFound } from './act.ts';
import { listed, type Listing } from './listing.ts';

/** @see mde-actions.md §7, and the list page's own list of what can be filtered on */
const ALERT_FIELDS: Fields = {
  id: 'string',
  incidentId: 'number',
  investigationId: 'number',
  machineId: 'string',
  computerDnsName: 'string',
  assignedTo: 'string',
  severity: 'string',
  status: 'string',
  category: 'string',
  detectionSource: 'string',
  alertCreationTime: 'date',
  lastUpdateTime: 'date',
  resolvedTime: 'date',
};

const read = readerOf(ALERT_FIELDS);

/** GET alerts */
export function listAlerts(context: Context): Reaction {
  const { alerts, options } = context.world;
  const choose: Listing['choose'] = (query) => {
    const records = query.orderBy.length === 0 ? alerts.all() : sorted(alerts.all(), query.orderBy, read);
    return pageOf(records, query, read, options.pageSize);
  };
  return listed(context, { fields: ALERT_FIELDS, set: 'Alerts', choose });
}

/** GET alerts/{id} */
export function oneAlert(context: Context): Reaction {
  const [id = ''] = context.parts;
  const alert = context.world.alerts.find(id);
  return only(alert ? entity(200, 'Alerts', alert) : noAlert(context, id));
}

/** GET alerts/{id}/machine */
export function alertsMachine(context: Context): Reaction {
  const [id = ''] = context.parts;
  const alert = context.world.alerts.find(id);
  if (!alert) return only(noAlert(context, id));
  const machine = context.world.machines.find(alert.machineId ?? '');
  return only(machine ? entity(200, 'Machines', machine) : notFound(context, alert.machineId ?? 'of the alert'));
}

function noAlert(context: Context, id: string) {
  return refusal(context, 404, 'ResourceNotFound', `Alert ${id} was not found`);
}
