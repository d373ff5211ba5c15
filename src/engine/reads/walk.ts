/** Walking the API's lists page by page: the only place that does, and that knows whether what it saw was all there is. */
import { isDeepStrictEqual } from 'node:util';
import { filterOf, PAGE, readPage, type ListPage, type ListSource } from './page.ts';
import { wait } from '../attempts/wait.ts';

/**
 * Characters of a filter as it stands in a URL: with host, path and paging the whole stays below 1,800, which is some 30
 * ids. @see https://github.com/briandelmsft/SentinelAutomationModules/pull/389
 */
const FILTER_LENGTH = 1500;
/** A page is never asked for smaller than this, however often an answer was lost. */
const SMALLEST_PAGE = 500;
/** A list that always brings something new is not walked for ever. */
const MOST_PAGES = 300;
const MOST_MS = 15 * 60_000;
/** Filters asked for at the same time: a hundred machines take one round trip, and a server that takes none has refused few. */
const AT_ONCE = 4;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 1000;

/** What a walk came to. `isWhole`: it ended at an empty page, and every page before brought something new. */
export type Walk<T> =
  | { readonly kind: 'walked'; readonly isWhole: true }
  | { readonly kind: 'walked'; readonly isWhole: false; readonly why: string }
  | Exclude<ListPage<T>, { kind: 'page' | 'filter-refused' }>;

export interface ListDeps<T> extends ListSource<T> {
  /** Ends the waiting between two tries. */
  readonly signal: AbortSignal;
  /** Times a page is asked for that has no usable answer. */
  readonly tries: number;
}

/** A page as its reader sees it. */
export interface Seen<T> {
  readonly values: readonly T[];
  /** Elements that could not be read are not among the values. */
  readonly isReadable: boolean;
  /** Shorter than asked for. */
  readonly isShort: boolean;
}

/** What a page's reader says: go on, enough, or that it knew all of it before. */
export type Taken = 'more' | 'enough' | 'nothing new';

/** One list of the API. */
export class List<T> {
  readonly #deps: ListDeps<T>;
  #top = PAGE;
  /** More values in one filter were refused. */
  #mostValues = Infinity;

  constructor(deps: ListDeps<T>) {
    this.#deps = deps;
  }

  /**
   * Walks by `$skip` and hands each page over: with `$top` there is no nextLink (ISS#8489), and a page shorter than asked
   * for may be a server's own limit, so only an empty one is the end. A refused `filter` is left out.
   * @throws StoppedError when the reads stop first; AuthError, StateError as the lane does
   */
  async walk(filter: readonly string[], take: (page: Seen<T>) => Taken): Promise<Walk<T>> {
    const walked = await this.#walk(filter, take);
    if (walked.kind !== 'filter-refused') return walked;
    const unfiltered = await this.#walk([], take);
    return unfiltered.kind === 'filter-refused' ? { ...unfiltered, kind: 'refused' } : unfiltered;
  }

  async #walk(
    parameters: readonly string[],
    take: (page: Seen<T>) => Taken,
  ): Promise<Walk<T> | Extract<ListPage<T>, { kind: 'filter-refused' }>> {
    const until = this.#deps.lane.mono() + MOST_MS;
    for (let [pages, skip] = [0, 0]; pages < MOST_PAGES && this.#deps.lane.mono() < until; pages += 1) {
      const page = await this.#ask(() => [...parameters, `$top=${this.#top}`, `$skip=${skip}`].join('&'));
      if (page.kind !== 'page') return page;
      if (page.length === 0) return { kind: 'walked', isWhole: true };
      const { values, length } = page;
      const taken = take({ values, isReadable: values.length === length, isShort: length < this.#top });
      if (taken !== 'more')
        return { kind: 'walked', isWhole: false, why: taken === 'enough' ? 'read as far as needed' : 'a page was repeated' };
      skip += length;
    }
    return { kind: 'walked', isWhole: false, why: 'the list has no end' };
  }

  /**
   * Everything whose `field` is one of the values, many at a time, as far as the answers themselves tell that there is more.
   * A filter that is refused is halved; 'filters-refused' when even one for a single value is. `take` says whether to go on.
   * @throws as `walk` does
   */
  async named(
    field: string,
    values: readonly string[],
    take: (values: readonly T[]) => boolean,
    atOnce = AT_ONCE,
  ): Promise<Walk<T> | 'filters-refused'> {
    let waiting = inChunks(field, values, this.#mostValues);
    while (waiting.length > 0) {
      const chunks = waiting.splice(0, atOnce);
      const pages = await Promise.all(chunks.map((chunk) => this.#askWhole(inFilter(field, chunk))));
      const refused = chunks.filter((_, at) => pages[at]?.kind === 'filter-refused');
      for (const page of pages) {
        if (page.kind === 'page' && !take(page.values)) return { kind: 'walked', isWhole: false, why: 'read as far as needed' };
        if (page.kind !== 'page' && page.kind !== 'filter-refused') return page;
      }
      if (refused.some(({ length }) => length === 1)) return 'filters-refused';
      if (refused.length === 0) continue;
      this.#mostValues = Math.ceil(Math.min(...refused.map(({ length }) => length)) / 2);
      waiting = inChunks(field, [...refused, ...waiting].flat(), this.#mostValues);
    }
    return { kind: 'walked', isWhole: true };
  }

  /** All pages of a filter without `$top`, as one. They end where one says so, is empty, or is the one before again. */
  async #askWhole(filter: string): Promise<ListPage<T>> {
    const first = await this.#ask(() => filter);
    if (first.kind !== 'page') return first;
    let [page, values, length] = [first, first.values, first.length];
    for (let pages = 1; page.more && page.length > 0 && pages < MOST_PAGES; pages += 1) {
      const next = await this.#ask(() => `${filter}&$skip=${length}`);
      if (next.kind !== 'page') return next;
      if (isDeepStrictEqual(next.values, page.values)) break;
      values = [...values, ...next.values];
      length += next.length;
      page = next;
    }
    return { ...first, values, length };
  }

  /** One page. After an answer that was lost or no use it is asked for again, and smaller ones are asked for from then on. */
  async #ask(query: () => string): Promise<ListPage<T>> {
    for (let tries = 1, pauseMs = FIRST_PAUSE_MS; ; tries += 1, pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
      const page = await readPage(this.#deps, query());
      if (page.kind !== 'failed') return page;
      this.#top = Math.max(SMALLEST_PAGE, Math.ceil(this.#top / 2));
      if (tries >= this.#deps.tries) return page;
      await wait(pauseMs, this.#deps.signal);
    }
  }
}

/** The values in lots that fit in a URL each, none with more than `most`. */
export function inChunks(field: string, values: readonly string[], most = Infinity): string[][] {
  const chunks: string[][] = [];
  let length = Infinity;
  for (const value of values) {
    const added = lengthInUrl(quoted(value)) + 3;
    const current = chunks.at(-1);
    if (!current || current.length >= most || length + added > FILTER_LENGTH) {
      chunks.push([value]);
      length = lengthInUrl(inFilter(field, [value]));
    } else {
      current.push(value);
      length += added;
    }
  }
  return chunks;
}

/** `$filter=field in ('a','b',…)` as it stands in a URL. */
export function inFilter(field: string, values: readonly string[]): string {
  return filterOf(`${field} in (${values.map(quoted).join(',')})`);
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** The URL class makes %27 of a quote, which `encodeURIComponent` leaves as it is. */
function lengthInUrl(text: string): number {
  const encoded = text.startsWith('$') ? text : encodeURIComponent(text);
  return encoded.length + 2 * encoded.split("'").length - 2;
}
