/** Which packages are ready, and the links to them. */
import { readActions } from '../../core/answers.ts';
import { readPackageLink } from '../../core/packages.ts';
import type { MachineAction } from '../../core/types.ts';
import type { Halt } from '../attempts/halt.ts';
import type { Lane } from '../attempts/lane.ts';
import { ask } from './ask.ts';
import { filterOf } from './page.ts';
import { READ_WINDOWS, withLane, type Service } from './service.ts';
import { orThrow } from './required.ts';
import { List } from './walk.ts';

/**
 * Statuses of all collect actions that the API still keeps, by action id.
 * @throws AuthError, UserError, StoppedError as the reads do
 */
export async function packageStatuses(mde: Service, halt: Halt): Promise<ReadonlyMap<string, string>> {
  const statuses = new Map<string, string>();
  await withLane(mde, 'machineactions', READ_WINDOWS, async (lane) => {
    const list = new List<MachineAction>({
      api: mde.api,
      runId: null,
      signal: halt.signal,
      tries: Infinity,
      lane,
      list: 'machineactions',
      parse: readActions,
    });
    const filter = [filterOf("type eq 'CollectInvestigationPackage'"), '$orderby=creationDateTimeUtc%20asc'];
    const walked = await list.walk(filter, ({ values }) => {
      const known = statuses.size;
      for (const { id, status } of values) statuses.set(id, status ?? '');
      return statuses.size > known ? 'more' : 'nothing new';
    });
    orThrow(walked, 'machineactions');
  });
  return statuses;
}

/**
 * A link to one package, which does not last: ask when ready to use it. Undefined while the package is not there.
 * `lane` has windows of its own, 2 a minute and 120 an hour.
 * @throws UsageError when the action is none that collects; AuthError, UserError, StoppedError as `ask` does
 */
export function packageLink({ api }: Service, lane: Lane, halt: Halt, actionId: string): Promise<string | undefined> {
  return ask({
    lane,
    halt,
    what: `the link to the package of action ${actionId}`,
    permission: 'Machine.Read.All (API "WindowsDefenderATP")',
    send: (bearer, signal) => api.get(bearer, `machineactions/${encodeURIComponent(actionId)}/getPackageUri`, signal),
    parse: readPackageLink,
  });
}
