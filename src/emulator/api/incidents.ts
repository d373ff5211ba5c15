/** Reading incidents, as the XDR API shows them: a merged one says where it went and has no alerts any more. */
import { only, refusal, type Context, type Reaction } from '../reaction.ts';
import { odata } from '../replies.ts';
import type { Alert, Incident } from '../world/alerts.ts';
import type { Machines } from '../world/machines.ts';

const CONTEXT = 'https://api.security.microsoft.com/api/$metadata#Incidents/$entity';

/** GET incidents/{id} */
export function oneIncident(context: Context): Reaction {
  const [id = ''] = context.parts;
  const { alerts, machines } = context.world;
  const incident = alerts.incident(Number(id));
  if (!incident) return only(refusal(context, 404, 'ResourceNotFound', `Incident ${id} was not found`));
  return only(odata(200, { '@odata.context': CONTEXT, ...bodyOf(incident, alerts.ofIncident(incident.incidentId), machines) }));
}

function bodyOf(incident: Incident, alerts: readonly Alert[], machines: Machines): object {
  return { ...incident, alerts: alerts.map((alert) => alertOf(alert, machines)) };
}

function alertOf(alert: Alert, machines: Machines): object {
  const { id, incidentId, title, category, severity, status, detectionSource, machineId } = alert;
  const machine = machines.find(machineId ?? '');
  const devices = [
    {
      deviceId: machineId,
      mdatpDeviceId: machineId,
      aadDeviceId: machine?.['aadDeviceId'] ?? null,
      deviceDnsName: machine?.computerDnsName ?? null,
      osPlatform: machine?.osPlatform ?? null,
      version: machine?.['version'] ?? null,
      osBuild: machine?.osBuild ?? null,
      healthStatus: machine?.healthStatus ?? null,
      rbacGroupName: machine?.['rbacGroupName'] ?? null,
      onboardingStatus: machine?.onboardingStatus ?? null,
      tags: machine?.['machineTags'] ?? [],
    },
  ];
  const shown = machineId === null ? [] : devices;
  return { alertId: id, incidentId, title, category, severity, status, detectionSource, devices: shown, entities: [] };
}
