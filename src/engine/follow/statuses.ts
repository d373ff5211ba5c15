/** How certain actions stand, as the API's list tells it: one walk serves many ids, a few are asked for by name. */
import { readActions } from '../../core/answers.ts';
import type { Api } from '../../core/ports.ts';
import type { MachineAction } from '../../core/types.ts';
import type { Lane } from '../attempts/lane.ts';
import { filterOf } from '../reads/page.ts';
import { List, type Taken, type Walk } from '../reads/walk.ts';

/** More than this are looked up in one walk over the list; some 30 ids fit in an address. */
const FEW = 60;
/** A page without a usable answer is asked for again. */
const TRIES = 3;

export type ActionsRead =
  | { readonly kind: 'read'; readonly actions: ReadonlyMap<string, MachineAction> }
  | { readonly kind: 'failed' | 'unreadable'; readonly why: string };

export interface StatusSource {
  readonly api: Api;
  readonly lane: Lane;
  readonly runId: string;
}

/**
 * The actions with these ids, by id, as far as the list shows them. `since`: an instant (ms, the server's clock) before
 * which most of them were not made; older ones are asked for by name.
 * @throws StoppedError, AuthError, StateError as the lane does
 */
export async function actionsOf(ids: readonly string[], since: number | null, source: StatusSource): Promise<ActionsRead> {
  const { api, lane, runId } = source;
  const list = new List<MachineAction>({ api, lane, runId, list: 'machineactions', parse: readActions, signal: lane.signal, tries: TRIES });
  const found = new Map<string, MachineAction>();
  const wanted = new Set(ids.map((id) => id.toLowerCase()));
  const keep = (values: readonly MachineAction[]): void => {
    for (const action of values) if (wanted.has(action.id.toLowerCase())) found.set(action.id.toLowerCase(), action);
  };
  if (ids.length > FEW) {
    const walked = await walk(list, since, keep);
    if (walked.kind !== 'walked') return unread(walked);
  }
  const missing = [...wanted].filter((id) => !found.has(id));
  // What a whole walk does not show is of before, or is listed late: a few are worth asking for by name.
  if (missing.length === 0 || (ids.length > FEW && missing.length > FEW)) return { kind: 'read', actions: found };
  return named(list, missing, since, { keep, found });
}

interface Found {
  readonly keep: (values: readonly MachineAction[]) => void;
  readonly found: ReadonlyMap<string, MachineAction>;
}

async function named(
  list: List<MachineAction>,
  ids: readonly string[],
  since: number | null,
  { keep, found }: Found,
): Promise<ActionsRead> {
  const take = (values: readonly MachineAction[]): boolean => {
    keep(values);
    return true;
  };
  const asked = await list.named('id', ids, take);
  const walked = asked === 'filters-refused' ? await walk(list, since, keep) : asked;
  return walked.kind === 'walked' ? { kind: 'read', actions: found } : unread(walked);
}

function walk(list: List<MachineAction>, since: number | null, keep: Found['keep']): Promise<Walk<MachineAction>> {
  const filter = since === null ? [] : [filterOf(`creationDateTimeUtc ge ${new Date(since).toISOString()}`)];
  const seen = new Set<string>();
  return list.walk([...filter, '$orderby=creationDateTimeUtc%20asc'], ({ values }): Taken => {
    const before = seen.size;
    for (const { id } of values) seen.add(id);
    keep(values);
    return seen.size > before ? 'more' : 'nothing new';
  });
}

function unread({ kind, why }: Exclude<Walk<MachineAction>, { kind: 'walked' }>): ActionsRead {
  return { kind: kind === 'failed' ? 'failed' : 'unreadable', why };
}
