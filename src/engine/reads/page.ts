/** One page of one of the API's lists, read through a lane, and what its answer means. */
import { readApiError } from '../../core/answers.ts';
import { waitOf } from '../../core/judge.ts';
import type { Api } from '../../core/ports.ts';
import type { Answer } from '../../core/types.ts';
import type { Judged, Lane } from '../attempts/lane.ts';

/** The most that the API gives in one page. */
export const PAGE = 10_000;

/** Reads a list from an answer's body; undefined when it is none. */
type ParseList<T> = (body: string) => { readonly values: readonly T[]; readonly length: number } | undefined;

export type ListPage<T> =
  /** `length` counts elements that could not be read too. */
  | { readonly kind: 'page'; readonly values: readonly T[]; readonly length: number }
  /** 400 to a filter that this server does not take. */
  | { readonly kind: 'filter-refused'; readonly why: string }
  | { readonly kind: 'forbidden'; readonly why: string }
  /** Refused for good, for another reason. */
  | { readonly kind: 'refused'; readonly why: string }
  /** No usable answer: worth another try. */
  | { readonly kind: 'failed'; readonly why: string };

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
  /** A tenant without machines may answer 404 instead of an empty list (mde-api.md §3); elsewhere a 404 proves nothing. */
  readonly notFoundIsEmpty?: boolean;
}

/** @throws StoppedError, AuthError, StateError as the lane does */
export function readPage<T>(source: ListSource<T>, query: string): Promise<ListPage<T>> {
  const { api, lane, list, runId, first = false } = source;
  return lane.attempt<ListPage<T>>({
    runId,
    row: null,
    first,
    send: (bearer, signal) => api.get(bearer, `${list}?${query}`, signal),
    judge: (answer, at) => judgePage(source, answer, at, query.includes('$filter=')),
  });
}

/** `$filter=…` as it stands in a URL. */
export function filterOf(expression: string): string {
  return `$filter=${encodeURIComponent(expression)}`;
}

function judgePage<T>({ parse, notFoundIsEmpty }: ListSource<T>, answer: Answer, at: number, isFiltered: boolean): Judged<ListPage<T>> {
  if (answer.kind === 'no-connection') return { kind: 'not-sent', why: answer.reason };
  if (answer.kind === 'lost') return unusable(answer.reason);
  const { status, body } = answer;
  const error = readApiError(body);
  const message = error ? `${error.code}: ${error.message}` : `HTTP ${status}`;
  if (status === 429) return { kind: 'throttled', waitMs: waitOf(answer, at), message };
  if (status === 401) return { kind: 'unauthorized', message };
  if (status === 403 && error) return usable({ kind: 'forbidden', why: message });
  if (status === 400 && isFiltered) return usable({ kind: 'filter-refused', why: message });
  if (status === 404 && error && notFoundIsEmpty) return usable({ kind: 'page', values: [], length: 0 });
  if (status >= 400 && status < 500 && status !== 408 && error) return usable({ kind: 'refused', why: message });
  const read = status === 200 ? parse(body) : undefined;
  return read ? usable({ kind: 'page', ...read }) : unusable(message);
}

function usable<T>(value: ListPage<T>): Judged<ListPage<T>> {
  return { kind: 'value', value, usable: true, end: { verdict: 'read' } };
}

function unusable<T>(why: string): Judged<ListPage<T>> {
  return { kind: 'value', value: { kind: 'failed', why }, usable: false, why, end: { verdict: 'read' } };
}
