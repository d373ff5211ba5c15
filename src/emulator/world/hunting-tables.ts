/** The world as hunting tables: enough of DeviceInfo and ExposureGraphNodes for the queries of a client that names its columns. */
import { dateText, withoutTrailingZeros } from '../time.ts';
import type { Column, Hunting, HuntingView } from './hunting.ts';
import { mitigationStatus } from './mitigation.ts';
import type { Machine } from './machines.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * The rows of the table that a query begins with. Of KQL it understands only: a filter by ids in quotes, one by
 * `MitigationStatus` or by the role `DomainController`, and the last `project`, `distinct` and `take`.
 */
export const ownTables: Hunting = (query, view) => {
  const table = /^\s*(?:let [^;]+;\s*)*(DeviceInfo|ExposureGraphNodes)\b/.exec(query)?.[1];
  if (table === undefined) return undefined;
  const rows = [...(table === 'DeviceInfo' ? devices(view) : nodes(view))].filter(filterOf(query));
  const names = columnsOf(query) ?? Object.keys(rows[0] ?? {});
  const results = rows.slice(0, takeOf(query)).map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
  return { schema: names.map((name): Column => ({ name, type: TYPES[name] ?? 'String' })), results };
};

const TYPES: Readonly<Record<string, string>> = {
  Timestamp: 'DateTime',
  OSBuild: 'Int64',
  IsExcluded: 'SByte',
  CriticalityLevel: 'Int32',
  NodeProperties: 'Object',
  EntityIds: 'Object',
};

function* devices({ machines, actions, now }: HuntingView): Generator<Row> {
  const Timestamp = withoutTrailingZeros(dateText(now - 60_000));
  for (const machine of machines.all(now))
    yield {
      Timestamp,
      DeviceId: machine.id,
      DeviceName: machine.computerDnsName,
      AadDeviceId: machine['aadDeviceId'],
      OSPlatform: machine.osPlatform,
      OSBuild: machine.osBuild,
      OnboardingStatus: machine.onboardingStatus,
      SensorHealthState: machine.healthStatus,
      MachineGroup: machine['rbacGroupName'],
      MergedToDeviceId: machine.mergedIntoMachineId,
      IsExcluded: machine['isExcluded'],
      MitigationStatus: mitigationStatus(actions.ofMachine(machine.id), now),
      RestrictedDeviceSecurityOperations: machine['restrictedDeviceSecurityOperations'] ?? null,
    };
}

/** A machine record may say what the exposure graph knows of it: `deviceRoles` (texts) and `criticalityLevel` (0 is the top). */
function* nodes({ machines, now }: HuntingView): Generator<Row> {
  for (const machine of machines.all(now)) {
    const roles = Array.isArray(machine['deviceRoles']) ? machine['deviceRoles'].map(String) : [];
    const level = typeof machine['criticalityLevel'] === 'number' ? machine['criticalityLevel'] : null;
    yield {
      ...nodeOf(machine, roles, level),
      DeviceId: machine.id,
      DeviceName: machine.computerDnsName,
      DeviceRole: roles,
      CriticalityLevel: level,
    };
  }
}

function nodeOf(machine: Machine, deviceRole: readonly string[], level: number | null): Row {
  const criticality = level === null ? {} : { criticalityLevel: { criticalityLevel: level } };
  return {
    NodeId: machine['aadDeviceId'],
    NodeLabel: 'device',
    NodeName: machine.computerDnsName,
    Categories: ['device'],
    NodeProperties: { rawData: { deviceRole, ...criticality } },
    EntityIds: [{ type: 'DeviceInventoryId', id: machine.id }],
  };
}

const ID = /(["'])([0-9a-f]{40})\1/gi;

function filterOf(query: string): (row: Row) => boolean {
  const ids = new Set(Array.from(query.matchAll(ID), ([, , id = '']) => id.toLowerCase()));
  const isolated = /parse_json\(MitigationStatus\)\.Isolated\)?\s*=~\s*"true"/.test(query);
  const controllers = /["']DomainController["']/.test(query);
  const topOnly = /criticalityLevel\)?\s*==\s*0/i.test(query);
  return (row) =>
    (ids.size === 0 || ids.has(String(row['DeviceId']))) &&
    (!isolated || row['MitigationStatus'] !== null) &&
    (!(controllers || topOnly) || (controllers && isController(row)) || (topOnly && row['CriticalityLevel'] === 0));
}

function isController({ DeviceRole: roles }: Row): boolean {
  return Array.isArray(roles) && roles.includes('DomainController');
}

/** Names of the last `project` or `distinct`; `Name = expression` counts as Name. */
function columnsOf(query: string): string[] | undefined {
  const list = Array.from(query.matchAll(/\|\s*(?:project|distinct)\s+([^|;]+)/g)).at(-1)?.[1];
  return list?.split(',').map((part) => part.split('=')[0]?.trim() ?? '');
}

function takeOf(query: string): number | undefined {
  const count = /\|\s*(?:take|limit)\s+(\d+)/.exec(query)?.[1];
  return count === undefined ? undefined : Number(count);
}
