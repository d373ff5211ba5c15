/** Reading the API's list of machine actions, page by page, through the lane for reads. */
import { readActions, readApiError } from '../core/answers.ts';
import type { Api } from '../core/ports.ts';
import type { Answer, MachineAction } from '../core/types.ts';
import { waitOf } from '../core/judge.ts';
import type { Judged, Lane } from './lane.ts';

/** The most that the API gives in one page. */
const PAGE = 10_000;

/** What a list read came to. `complete` is false when something in it could not be read. */
export type ListRead =
  | { readonly kind: 'list'; readonly actions: readonly MachineAction[]; readonly complete: boolean }
  | { readonly kind: 'forbidden'; readonly message: string }
  | { readonly kind: 'failed'; readonly why: string };

type Page =
  | { readonly kind: 'page'; readonly actions: readonly MachineAction[]; readonly length: number }
  | { readonly kind: 'filter-refused'; readonly why: string }
  | Exclude<ListRead, { kind: 'list' }>;

export interface ListReader {
  /** Actions created since an instant (ms since the epoch), whatever their status, oldest first. */
  since(at: number): Promise<ListRead>;
  /** Actions that are Pending or InProgress now, of any age. */
  open(): Promise<ListRead>;
}

export function createListReader(api: Api, lane: Lane, runId: string | null): ListReader {
  const readPage = (query: string): Promise<Page> =>
    lane.attempt<Page>({
      runId,
      row: null,
      first: true,
      send: (bearer, signal) => api.get(bearer, `machineactions?${query}`, signal),
      judge: judgePage,
    });

  /**
   * Walks by `$skip` until an empty page: with `$top` no nextLink is given (ISS#8489), and a page that is shorter than
   * asked for may only mean that the server gives smaller ones.
   */
  const walk = async (filter: string, order: string): Promise<ListRead> => {
    const actions: MachineAction[] = [];
    let skip = 0;
    for (;;) {
      const page = await readPage([filter, order, `$top=${PAGE}`, `$skip=${skip}`].filter((part) => part !== '').join('&'));
      if (page.kind === 'filter-refused') return filter === '' ? { kind: 'failed', why: page.why } : walk('', '');
      if (page.kind !== 'page') return page;
      if (page.length === 0) return { kind: 'list', actions, complete: actions.length === skip };
      actions.push(...page.actions);
      skip += page.length;
    }
  };

  const oldestFirst = '$orderby=creationDateTimeUtc%20asc';
  return {
    since: (at) => walk(filterOf(`creationDateTimeUtc ge ${new Date(at).toISOString()}`), oldestFirst),
    open: () => walk(filterOf("status eq 'Pending' or status eq 'InProgress'"), oldestFirst),
  };
}

function filterOf(expression: string): string {
  return `$filter=${encodeURIComponent(expression)}`;
}

function judgePage(answer: Answer, at: number): Judged<Page> {
  if (answer.kind === 'no-connection') return { kind: 'not-sent', why: answer.reason };
  if (answer.kind === 'lost') return bad(answer.reason);
  const { status, body } = answer;
  const error = readApiError(body);
  const message = error ? `${error.code}: ${error.message}` : `HTTP ${status}`;
  if (status === 429) return { kind: 'throttled', waitMs: waitOf(answer, at), message };
  if (status === 401) return { kind: 'unauthorized', message };
  if (status === 403 && error) return value({ kind: 'forbidden', message });
  if (status === 400 && error) return value({ kind: 'filter-refused', why: message });
  const list = status === 200 ? readActions(body) : undefined;
  return list ? value({ kind: 'page', actions: list.values, length: list.length }) : bad(`list read: ${message}`);
}

function value(page: Page): Judged<Page> {
  return { kind: 'value', value: page, usable: true, end: { verdict: 'read' } };
}

function bad(why: string): Judged<Page> {
  return { kind: 'value', value: { kind: 'failed', why }, usable: false, why, end: { verdict: 'read' } };
}
