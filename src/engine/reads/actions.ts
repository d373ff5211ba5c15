/** Reading the API's list of machine actions whole, page by page. */
import { readActions } from '../../core/answers.ts';
import type { Api } from '../../core/ports.ts';
import type { ActionType, MachineAction } from '../../core/types.ts';
import type { Lane } from '../attempts/lane.ts';
import { filterOf } from './page.ts';
import { List, type Taken, type Walk } from './walk.ts';

/** What a list read came to. `isWhole` is false when something of it was not seen or could not be read, `why` says what. */
export type ListRead =
  | { readonly kind: 'list'; readonly actions: readonly MachineAction[]; readonly isWhole: boolean; readonly why: string }
  | Exclude<Walk<MachineAction>, { kind: 'walked' }>;

export interface ListReader {
  /** Actions created since an instant of the server's clock (ms since the epoch; null: all there are), whatever their status. */
  since(at: number | null): Promise<ListRead>;
  /** Actions that are Pending or InProgress now, of any age. */
  open(): Promise<ListRead>;
}

export const OLDEST_FIRST = '$orderby=creationDateTimeUtc%20asc';
/** A page without a usable answer is asked for again before the whole walk is. */
const TRIES = 3;

export function createListReader(api: Api, lane: Lane, runId: string | null): ListReader {
  const source = { api, lane, runId, list: 'machineactions', parse: readActions, first: true, signal: lane.signal, tries: TRIES };
  const list = new List<MachineAction>(source);
  return {
    since: (at) => {
      const filter = at === null ? [] : [filterOf(`creationDateTimeUtc ge ${new Date(at).toISOString()}`)];
      return readWhole(list, [...filter, OLDEST_FIRST]);
    },
    open: () => readWhole(list, [filterOf("status eq 'Pending' or status eq 'InProgress'"), OLDEST_FIRST]),
  };
}

/** Actions of these types, all that the API still keeps. What a server that takes no filter shows besides is left in. */
export function readActionsOf(types: readonly ActionType[], api: Api, lane: Lane): Promise<ListRead> {
  const list = new List<MachineAction>({
    api,
    lane,
    runId: null,
    list: 'machineactions',
    parse: readActions,
    signal: lane.signal,
    tries: TRIES,
  });
  return readWhole(list, [ofTypes(types), OLDEST_FIRST]);
}

/** The filter for actions of certain types. */
export function ofTypes(types: readonly ActionType[]): string {
  return filterOf(types.map((type) => `type eq '${type}'`).join(' or '));
}

/**
 * What comes twice tells that the list moved while it was walked, or that a page was repeated in part: something else may
 * have been stepped over then. What is read is looked through by its reader in any case, so that a
 * filter which was left out or ignored does no harm.
 */
async function readWhole(list: List<MachineAction>, filter: readonly string[]): Promise<ListRead> {
  const actions = new Map<string, MachineAction>();
  let [isReadable, isOrderly] = [true, true];
  const walked = await list.walk(filter, (page): Taken => {
    const known = actions.size;
    for (const action of page.values) actions.set(action.id, action);
    isReadable &&= page.isReadable;
    isOrderly &&= actions.size === known + page.values.length;
    return actions.size > known ? 'more' : 'nothing new';
  });
  if (walked.kind !== 'walked') return walked;
  const why = !walked.isWhole ? walked.why : !isReadable ? 'an element could not be read' : !isOrderly ? 'an action came twice' : '';
  return { kind: 'list', actions: [...actions.values()], isWhole: why === '', why };
}
