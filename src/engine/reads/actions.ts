/** Reading the API's list of machine actions whole, page by page. */
import { readActions } from '../../core/answers.ts';
import type { Api } from '../../core/ports.ts';
import type { MachineAction } from '../../core/types.ts';
import type { Lane } from '../attempts/lane.ts';
import { filterOf, PAGE, readPage, type ListPage, type ListSource } from './page.ts';

/** What a list read came to. `complete` is false when something in it could not be read. */
export type ListRead =
  | { readonly kind: 'list'; readonly actions: readonly MachineAction[]; readonly complete: boolean }
  | Exclude<ListPage<MachineAction>, { kind: 'page' | 'filter-refused' }>;

export interface ListReader {
  /** Actions created since an instant (ms since the epoch), whatever their status, oldest first. */
  since(at: number): Promise<ListRead>;
  /** Actions that are Pending or InProgress now, of any age. */
  open(): Promise<ListRead>;
}

const OLDEST_FIRST = '$orderby=creationDateTimeUtc%20asc';

export function createListReader(api: Api, lane: Lane, runId: string | null): ListReader {
  const source: ListSource<MachineAction> = { api, lane, runId, list: 'machineactions', parse: readActions, first: true };
  return {
    since: (at) => walk(source, [filterOf(`creationDateTimeUtc ge ${new Date(at).toISOString()}`), OLDEST_FIRST]),
    open: () => walk(source, [filterOf("status eq 'Pending' or status eq 'InProgress'"), OLDEST_FIRST]),
  };
}

/**
 * Walks by `$skip` until a page is empty or brings nothing new: with `$top` no nextLink is given (ISS#8489), a page that is
 * shorter than asked for may only mean that the server gives smaller ones, and a server that ignores `$skip` would go on
 * for ever. A filter that the server refuses is left out: what is read is looked through here in any case.
 */
async function walk(source: ListSource<MachineAction>, parameters: readonly string[]): Promise<ListRead> {
  const actions = new Map<string, MachineAction>();
  let complete = true;
  for (let skip = 0; ;) {
    const page = await readPage(source, [...parameters, `$top=${PAGE}`, `$skip=${skip}`].join('&'));
    if (page.kind === 'filter-refused') return walk(source, []);
    if (page.kind !== 'page') return page;
    const known = actions.size;
    for (const action of page.values) actions.set(action.id, action);
    complete &&= page.values.length === page.length;
    if (actions.size === known) return { kind: 'list', actions: [...actions.values()], complete };
    skip += page.length;
  }
}
