/** What hunting says of isolation: the machines' own reports, hourly and on change. */
import { machineIdOf } from '../../core/ids.ts';
import { hunt, type HuntingDeps } from './hunting.ts';

/** @see mde-actions.md §4: the key of app restriction, and the value after a release, are not told */
const QUERY = [
  'DeviceInfo',
  '| where Timestamp > ago(1d)',
  '| summarize arg_max(Timestamp, *) by DeviceId',
  '| where tostring(parse_json(MitigationStatus).Isolated) =~ "true"',
  '| project DeviceId, MitigationStatus',
].join('\n');

/**
 * Ids of the machines that say they are isolated. Of those that are not among them nothing is known: they may be off.
 * @throws AuthError, UserError, StoppedError as `hunt` does
 */
export async function readIsolated(deps: HuntingDeps): Promise<ReadonlySet<string>> {
  const { records } = await hunt(deps, QUERY, 'isolated machines');
  const ids = records.filter(({ MitigationStatus: status }) => saysIsolated(status)).map(({ DeviceId: id }) => machineIdOf(String(id)));
  return new Set(ids.filter((id) => id !== undefined));
}

/** `{"Isolated":"true"}`; a service that ignores the query's filter must not make everything isolated. */
function saysIsolated(status: unknown): boolean {
  return typeof status === 'string' && /"isolated"\s*:\s*"?true/i.test(status);
}
