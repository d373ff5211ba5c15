/** Alerts and incidents of the emulated tenant: given ones, filled in. */
import { UsageError } from '../../core/errors.ts';
import { shareOf } from '../random.ts';
import { dateText, withoutTrailingZeros } from '../time.ts';

export interface Alert {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly incidentId: number | null;
  readonly machineId: string | null;
}

export interface Incident {
  readonly [field: string]: unknown;
  readonly incidentId: number;
  /** Where it was merged into. */
  readonly redirectIncidentId: number | null;
}

/** A given incident; each of `machineIds` becomes an alert of its own. */
export interface GivenIncident {
  readonly [field: string]: unknown;
  readonly incidentId: number;
  readonly machineIds?: readonly string[];
}

const HOUR_MS = 3_600_000;

export class Alerts {
  readonly #alerts = new Map<string, Alert>();
  readonly #incidents = new Map<number, Incident>();
  readonly #date: string;

  /** @throws UsageError for an alert without an id */
  constructor(alerts: readonly object[], incidents: readonly GivenIncident[], origin: number) {
    this.#date = withoutTrailingZeros(dateText(origin - HOUR_MS));
    for (const record of alerts) this.#add(record);
    for (const incident of incidents) this.#open(incident);
  }

  all(): Iterable<Alert> {
    return this.#alerts.values();
  }

  find(id: string): Alert | undefined {
    return this.#alerts.get(id);
  }

  ofIncident(id: number): Alert[] {
    return [...this.#alerts.values()].filter(({ incidentId }) => incidentId === id);
  }

  /** The incident; one that only alerts name is made up. */
  incident(id: number): Incident | undefined {
    return this.#incidents.get(id) ?? (this.ofIncident(id).length > 0 ? this.#filled({ incidentId: id }) : undefined);
  }

  #open({ machineIds = [], ...incident }: GivenIncident): void {
    this.#incidents.set(incident.incidentId, this.#filled(incident));
    for (const machineId of machineIds) {
      const id = `da${Math.floor(shareOf(`${incident.incidentId} ${machineId}`, 'alert') * 2 ** 50)}_1`;
      this.#add({ id, incidentId: incident.incidentId, machineId: machineId.toLowerCase() });
    }
  }

  #filled(incident: GivenIncident): Incident {
    const merged = typeof incident['redirectIncidentId'] === 'number' ? incident['redirectIncidentId'] : null;
    return {
      incidentName: `Emulated incident ${incident.incidentId}`,
      createdTime: this.#date,
      lastUpdateTime: this.#date,
      assignedTo: null,
      classification: 'Unknown',
      determination: 'NotAvailable',
      status: merged === null ? 'Active' : 'Redirected',
      severity: 'High',
      tags: [],
      comments: [],
      ...incident,
      redirectIncidentId: merged,
    };
  }

  #add(record: object): void {
    const id = 'id' in record && typeof record.id === 'string' ? record.id : '';
    if (id === '') throw new UsageError('an alert of the emulated tenant has no id');
    this.#alerts.set(id, { ...this.#made(id), ...record, id });
  }

  #made(id: string): Alert {
    return {
      id,
      incidentId: null,
      investigationId: null,
      assignedTo: null,
      severity: 'High',
      status: 'New',
      classification: null,
      determination: null,
      investigationState: 'UnsupportedAlertType',
      detectionSource: 'WindowsDefenderAtp',
      category: 'Execution',
      title: 'Emulated alert',
      description: 'Nothing real happened',
      alertCreationTime: this.#date,
      firstEventTime: this.#date,
      lastEventTime: this.#date,
      lastUpdateTime: this.#date,
      resolvedTime: null,
      machineId: null,
      computerDnsName: null,
      rbacGroupName: null,
      comments: [],
      evidence: [],
      domains: [],
    };
  }
}
