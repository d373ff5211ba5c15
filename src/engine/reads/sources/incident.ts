import * as v from 'valibot';
import { AuthError, UsageError } from '../../../core/errors.ts';
import { ask } from '../ask.ts';
import { INCIDENT_WINDOWS, withLane } from '../service.ts';
import { ALERT_PERMISSION, alertsOf, machinesOf } from './alerts.ts';
import type { SourcePorts, TenantSource } from './source.ts';

const PERMISSION = 'Incident.Read.All (API "Microsoft Threat Protection")';
/** Incidents are merged into one another; nobody does so more often than this. */
const MAX_HOPS = 20;

/** Null: it was not merged into another. */
const incidentSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ incidentId: v.number(), redirectIncidentId: v.optional(v.nullable(v.number()), null) }),
);

/** The machines that the alerts of an incident name; of an incident that was merged, those of the one it went into. */
export const incident: TenantSource = {
  kind: 'incident',
  usage: 'incident:N',
  help: 'the machines of this incident’s alerts',
  permission: `${ALERT_PERMISSION}; ${PERMISSION} to follow merged incidents`,
  read: async (text, ports) => {
    if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError(`incident:${text}: an incident is named by its number`);
    const { id, notes } = await merged(Number(text), ports);
    const found = machinesOf(await alertsOf(id, ports));
    if (found.records.length === 0 && notes.unread) throw notes.unread;
    return { ...found, notes: [...notes.said, ...found.notes] };
  },
};

interface Merged {
  /** The incident that has the alerts now. */
  readonly id: number;
  readonly notes: { readonly said: readonly string[]; readonly unread?: AuthError };
}

/** Without permission it stays open whether an incident was merged; one that was has no alerts of its own any more. */
async function merged(first: number, ports: SourcePorts): Promise<Merged> {
  try {
    const path = [first];
    for (let next = await redirectOf(first, ports); next !== null; next = await redirectOf(next, ports)) {
      if (path.includes(next) || path.length > MAX_HOPS)
        throw new UsageError(`incident ${first}: its merges never end (${path.join(', ')})`);
      path.push(next);
    }
    const id = path.at(-1) ?? first;
    return { id, notes: { said: path.length > 1 ? [`incident ${path.slice(0, -1).join(', ')} was merged into ${id}`] : [] } };
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    return { id: first, notes: { said: ['whether the incident was merged could not be read'], unread: error } };
  }
}

async function redirectOf(id: number, { xdr, halt }: SourcePorts): Promise<number | null> {
  if (!xdr) throw new AuthError('incidents cannot be read from here');
  const found = await withLane(xdr, 'incidents', INCIDENT_WINDOWS, (lane) =>
    ask({
      lane,
      halt,
      what: `incident ${id}`,
      permission: PERMISSION,
      send: (bearer, signal) => xdr.api.get(bearer, `incidents/${id}`, signal),
      parse: (body) => {
        const read = v.safeParse(incidentSchema, body);
        return read.success ? read.output : undefined;
      },
    }),
  );
  if (!found) throw new UsageError(`there is no incident ${id} in this tenant`);
  return found.redirectIncidentId === id ? null : found.redirectIncidentId;
}
