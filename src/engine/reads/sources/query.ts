import { UsageError } from '../../../core/errors.ts';
import { hunt, type Hunted } from '../hunting.ts';
import { needed, noted, type Found, type TenantSource } from './source.ts';

/** The rows of a hunting query; its column of machine ids is found as a CSV list's is. */
export const query: TenantSource = {
  kind: 'query',
  usage: 'query:FILE.kql',
  help: 'rows of an advanced hunting query, which must have a column DeviceId',
  permission: 'ThreatHunting.Read.All (Microsoft Graph)',
  read: async (file, ports) => {
    const text = (await ports.readText(file)).replace(/^\uFEFF/, '').trim();
    if (text === '') throw new UsageError(`${file}: there is no query in it`);
    return current(await hunt({ graph: needed(ports.graph, 'Microsoft Graph'), halt: ports.halt }, text, `query:${file}`));
  },
};

/** Hunting keeps records that were merged into another, and names the other in a column; those are left out as elsewhere. */
const MERGED_TO = 'mergedtodeviceid';

function current({ columns, records }: Hunted): Found {
  const isMerged = (record: Hunted['records'][number]): boolean =>
    Object.entries(record).some(([name, value]) => name.toLowerCase() === MERGED_TO && !isEmpty(value));
  const left = records.filter((record) => !isMerged(record));
  return { columns, records: left, notes: noted(records.length - left.length, 'merged records left out') };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
}
