/** Alerts and the machines that they name. @see mde-actions.md §7 */
import * as v from 'valibot';
import { UserError } from '../../../core/errors.ts';
import { EXIT } from '../../../core/exit.ts';
import { filterOf } from '../page.ts';
import { READ_WINDOWS, withLane } from '../service.ts';
import { orThrow } from '../required.ts';
import { List } from '../walk.ts';
import { noted, type Found, type SourcePorts } from './source.ts';

export const ALERT_PERMISSION = 'Alert.Read.All (API "WindowsDefenderATP")';

const text = v.fallback(v.nullable(v.string()), null);
/** `incidentId` is a number in recorded answers, and is taken as a text too: what it says decides, not how. */
const alertSchema = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  incidentId: v.nullable(v.union([v.number(), v.pipe(v.string(), v.digits(), v.transform(Number))])),
  machineId: text,
  computerDnsName: text,
});
export type Alert = v.InferOutput<typeof alertSchema>;

const oneSchema = v.pipe(v.string(), v.parseJson(), alertSchema);
const listSchema = v.pipe(v.string(), v.parseJson(), v.object({ value: v.array(v.unknown()) }));

/** An alert from an answer's body, or undefined when the body is none. */
export function readAlert(body: string): Alert | undefined {
  const read = v.safeParse(oneSchema, body);
  return read.success ? read.output : undefined;
}

function readAlerts(body: string): { values: Alert[]; length: number } | undefined {
  const read = v.safeParse(listSchema, body);
  if (!read.success) return undefined;
  const elements = read.output.value.map((element) => v.safeParse(alertSchema, element));
  return { values: elements.filter((element) => element.success).map(({ output }) => output), length: elements.length };
}

/**
 * Every alert of an incident. A server that does not take the filter gives other alerts too: those are left out here.
 * @throws UserError (exit 5) when some of them cannot be read
 */
export async function alertsOf(incident: number, { mde, halt }: SourcePorts): Promise<readonly Alert[]> {
  const alerts = new Map<string, Alert>();
  await withLane(mde, 'alerts', READ_WINDOWS, async (lane) => {
    const source = { api: mde.api, runId: null, signal: halt.signal, tries: Infinity, lane };
    const list = new List<Alert>({ ...source, list: 'alerts', parse: readAlerts });
    let unknown = false;
    const walked = await list.walk([filterOf(`incidentId eq ${incident}`)], ({ values, isReadable }) => {
      unknown ||= !isReadable;
      const known = alerts.size;
      for (const alert of values) alerts.set(alert.id, alert);
      return alerts.size > known ? 'more' : 'nothing new';
    });
    orThrow(walked, `the alerts of incident ${incident}`, ALERT_PERMISSION);
    if (unknown) throw unreadable(incident, 'some of them are in a form that is not known');
    if (walked.kind === 'walked' && !walked.isWhole) throw unreadable(incident, walked.why);
  });
  return [...alerts.values()].filter(({ incidentId }) => incidentId === incident);
}

function unreadable(incident: number, why: string): UserError {
  return new UserError(`the alerts of incident ${incident} cannot all be read: ${why}`, {
    exitCode: EXIT.outage,
    hint: 'Nothing was sent.',
  });
}

/** The machines that alerts name, each once, with the alerts that name it. */
export function machinesOf(alerts: readonly Alert[]): Found {
  const named = alerts.filter(({ machineId }) => machineId);
  const byMachine = Map.groupBy(named, ({ machineId }) => machineId?.toLowerCase() ?? '');
  const records = [...byMachine].map(([DeviceId, those]) => ({
    DeviceId,
    DeviceName: those.find(({ computerDnsName }) => computerDnsName)?.computerDnsName ?? '',
    Alerts: those.map(({ id }) => id).join(' '),
  }));
  return { column: 'DeviceId', records, notes: noted(alerts.length - named.length, 'alerts name no machine') };
}
