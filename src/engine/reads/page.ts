/** One page of one of the API's lists, read through a lane, and what its answer means. */
import { describeError, readApiError } from '../../core/answers.ts';
import { waitOf, type Free, type Recorded } from '../../core/judge.ts';
import type { Api } from '../../core/ports.ts';
import type { Answer } from '../../core/types.ts';
import type { Lane } from '../attempts/lane.ts';

/** The most that the API gives in one page. */
export const PAGE = 10_000;

/** Pages of 10,000 rows take others longer than the 30 s of an action (demisto/content#11654). */
const READ_TIMEOUT_MS = 120_000;

/** Reads a list from an answer's body; undefined when it is none. */
type ParseList<T> = (body: string) => { readonly values: readonly T[]; readonly length: number; readonly more?: boolean } | undefined;

export type ListPage<T> = Recorded &
  (
    | {
        readonly kind: 'page';
        readonly values: readonly T[];
        /** Counts elements that could not be read too. */
        readonly length: number;
        /** The answer says that there is more. */
        readonly more?: boolean;
      }
    /** A filter that this server, or something in front of it, does not take. */
    | { readonly kind: 'filter-refused'; readonly why: string }
    | { readonly kind: 'forbidden'; readonly why: string }
    /** Refused for good, for another reason. */
    | { readonly kind: 'refused'; readonly why: string }
    /** No usable answer: worth another try. */
    | { readonly kind: 'failed'; readonly why: string }
  );

export interface ListSource<T> {
  readonly api: Api;
  readonly lane: Lane;
  /** `machines` or `machineactions`. */
  readonly list: string;
  readonly parse: ParseList<T>;
  /** The run that the read is for, if any. */
  readonly runId: string | null;
  /** Before attempts that wait already. */
  readonly first?: boolean;
  /**
   * A tenant without machines may answer 404 instead of an empty list (mde-api.md §3). That is so for the whole list's first
   * page alone: behind a page, under a filter and elsewhere a 404 proves nothing.
   */
  readonly notFoundIsEmpty?: boolean;
}

/** @throws StoppedError, AuthError, StateError as the lane does */
export async function readPage<T>(source: ListSource<T>, query: string): Promise<ListPage<T>> {
  const { api, lane, list, runId, first = false } = source;
  const { value } = await lane.attempt<ListPage<T>>({
    runId,
    row: null,
    first,
    timeoutMs: READ_TIMEOUT_MS,
    send: (bearer, signal) => api.get(bearer, `${list}?${query}`, signal),
    judge: (answer, { wall }) => judgePage(source, answer, wall.ended, query),
    // Reads are no precondition for sending: a list that nobody may read stops nothing.
    refused: (why) => read({ kind: 'forbidden', why }),
  });
  return value;
}

/** `$filter=…` as it stands in a URL. */
export function filterOf(expression: string): string {
  return `$filter=${encodeURIComponent(expression)}`;
}

/** Said of a filter where there is one. Those without an API error come from something in front of the API. */
const FILTER_REFUSED = new Set([400, 413, 414, 431]);

function judgePage<T>({ parse, notFoundIsEmpty = false }: ListSource<T>, answer: Answer, at: number, query: string): ListPage<T> | Free {
  if (answer.kind === 'no-connection') return { kind: 'not-sent', why: answer.reason };
  if (answer.kind === 'lost') return failed(answer.reason);
  const { status, body } = answer;
  const error = readApiError(body);
  const why = error ? describeError(error) : `HTTP ${status}`;
  if (status === 429) return { kind: 'throttled', waitMs: waitOf(answer, at), message: why };
  if (status === 401) return { kind: 'unauthorized', message: why };
  if (status === 403) return read({ kind: 'forbidden', why });
  const isFiltered = query.includes('$filter=');
  if (isFiltered && (FILTER_REFUSED.has(status) || (status === 404 && (!error || notFoundIsEmpty))))
    return read({ kind: 'filter-refused', why });
  if (status === 404 && error && notFoundIsEmpty && !/\$skip=[1-9]/.test(query)) return read({ kind: 'page', values: [], length: 0 });
  if (status >= 400 && status < 500 && status !== 408 && error) return read({ kind: 'refused', why });
  const list = status === 200 ? parse(body) : undefined;
  return list ? read({ kind: 'page', ...list }) : failed(why);
}

function read<P extends { readonly kind: string }>(page: P): P & Pick<Recorded, 'record'> {
  return { ...page, record: 'read' };
}

function failed<T>(why: string): ListPage<T> {
  return { kind: 'failed', why, record: 'read', trouble: why };
}
