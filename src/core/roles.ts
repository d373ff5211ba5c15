/** Roles that the exposure graph knows of machines, and the hunting query that finds them. Pure. */
import { UsageError } from './errors.ts';
import { withoutDot, type Exclusion } from './exclusion-entry.ts';
import { machineIdOf } from './ids.ts';
import { folded } from './pattern.ts';

/** What `--exclude-role` names. */
export interface Role {
  /** As it is shown: `DomainController`, `criticality:0`. */
  readonly written: string;
  /** Finds its machines: columns DeviceId (all ids of the node, a blank between them) and DeviceName. */
  readonly query: string;
}

/**
 * A device role of the exposure graph, or a criticality level and all above it (0 is the top).
 * @see mde-actions.md §10: no field of a machine and no column of DeviceInfo says either
 * @throws UsageError for what is neither
 */
export function parseRole(text: string): Role {
  const written = text.trim();
  const level = /^criticality:([0-3])$/i.exec(written)?.[1];
  if (level !== undefined)
    return {
      written: `criticality:${level}`,
      query: queryFor(`toint(Raw.criticalityLevel.criticalityLevel) ${level === '0' ? '==' : '<='} ${level}`),
    };
  if (!/^[a-z][a-z0-9 ]{1,60}$/i.test(written))
    throw new UsageError(`--exclude-role ${text}: this is no role`, {
      hint: 'A device role such as DomainController, or criticality:0 to criticality:3.',
    });
  return { written, query: queryFor(`tostring(Raw.deviceRole) has "${written}"`) };
}

/** Both kinds of id are machine ids; a device without one is known by its name alone. */
function queryFor(condition: string): string {
  return [
    'ExposureGraphNodes',
    '| extend Raw = parse_json(NodeProperties).rawData',
    `| where ${condition}`,
    '| mv-apply Entity = todynamic(EntityIds) on (summarize Ids = make_set_if(tostring(Entity.id), tostring(Entity.type) in ("DeviceInventoryId", "SenseDeviceId")))',
    '| extend DeviceId = strcat_array(Ids, " "), DeviceName = coalesce(tostring(Raw.deviceName), NodeName)',
    '| where isnotempty(DeviceId) or set_has_element(Categories, "device")',
    '| project DeviceId, DeviceName',
  ].join('\n');
}

/** A machine that has a role. */
export interface RoleHolder {
  /** In lower case; empty where the graph knows none. */
  readonly machineIds: readonly string[];
  readonly name: string;
}

/**
 * The holders in a query's rows, or why they cannot be told: one by an id that cannot be read as one, or by nothing at all,
 * is a machine that no exclusion could keep safe.
 */
export function holdersIn(records: readonly Readonly<Record<string, unknown>>[]): readonly RoleHolder[] | string {
  const holders = records.map(({ DeviceId, DeviceName }) => ({
    machineIds: idsIn(DeviceId),
    name: typeof DeviceName === 'string' ? DeviceName.trim() : '',
  }));
  const readable = holders.filter(isReadable);
  if (readable.length < holders.length) return 'it names a machine by an id that cannot be read';
  return readable.every(({ machineIds, name }) => machineIds.length > 0 || name !== '')
    ? readable
    : 'it names a machine without an id and without a name';
}

function isReadable(holder: { machineIds: readonly string[] | undefined; name: string }): holder is RoleHolder {
  return holder.machineIds !== undefined;
}

/** Every id of a cell, in lower case; none where it is empty, and undefined when any part of it is no id. */
function idsIn(cell: unknown): readonly string[] | undefined {
  if (cell === undefined || cell === null) return [];
  if (typeof cell !== 'string') return undefined;
  const parts = cell.split(/\s+/).filter((part) => part !== '');
  const ids = parts.map(machineIdOf).filter((id) => id !== undefined);
  return ids.length === parts.length ? ids : undefined;
}

/**
 * What keeps the holders safe: their ids, and their names as well. The graph keeps ids that the tenant has not any more, and
 * the machine of that name has another since.
 */
export function exclusionsOfRole({ written }: Role, holders: readonly RoleHolder[]): Exclusion[] {
  return holders.flatMap(({ machineIds, name }, index) => {
    const entry = { written: `${written}: ${name || machineIds[0]}`, file: '--exclude-role', line: index + 1, fromTenant: true } as const;
    return [
      ...(machineIds.length > 0 ? [{ ...entry, kind: 'id', values: machineIds } as const] : []),
      ...(name === '' ? [] : [{ ...entry, kind: 'name', values: [withoutDot(folded(name))] } as const]),
    ];
  });
}

const SHOWN = 10;

/** "DomainController: 3 machines are left out (dc1, dc2, dc3)" */
export function describeRole({ written }: Role, holders: readonly RoleHolder[]): string {
  const names = holders.slice(0, SHOWN).map(({ name, machineIds }) => name || machineIds[0]);
  const more = holders.length > SHOWN ? `, and ${holders.length - SHOWN} more` : '';
  return `${written}: ${holders.length} ${holders.length === 1 ? 'machine' : 'machines'} of the tenant (${names.join(', ')}${more})`;
}
