import { UsageError } from '../../../core/errors.ts';
import { hunt } from '../hunting.ts';
import { needed, type TenantSource } from './source.ts';

/** The rows of a hunting query; its column of machine ids is found as a CSV list's is. */
export const query: TenantSource = {
  kind: 'query',
  usage: 'query:FILE.kql',
  help: 'rows of an advanced hunting query, which must have a column DeviceId',
  permission: 'ThreatHunting.Read.All (Microsoft Graph)',
  read: async (file, ports) => {
    const text = (await ports.readText(file)).replace(/^\uFEFF/, '').trim();
    if (text === '') throw new UsageError(`${file}: there is no query in it`);
    return { ...(await hunt({ graph: needed(ports.graph, 'Microsoft Graph'), halt: ports.halt }, text, `query:${file}`)), notes: [] };
  },
};
