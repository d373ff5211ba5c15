/** The `$` parameters of a list read, and the rows they choose. */
import { matcher, order, single, type Read } from './match.ts';
import { ODataError, UnknownOption } from './tokens.ts';
import { nameIn, type Fields, type Filter } from './filter.ts';
import { parseFilter } from './parse-filter.ts';

export interface SortKey {
  readonly field: string;
  readonly descending: boolean;
}

export interface ListQuery {
  readonly filter: Filter | undefined;
  readonly orderBy: readonly SortKey[];
  readonly top: number | undefined;
  readonly skip: number;
  readonly count: boolean;
}

const KNOWN = new Set(['$filter', '$orderby', '$top', '$skip', '$count', '$select']);
/** @see mde-api.md §3: pages hold at most 10,000 rows */
const MAX_TOP = 10_000;

/** @throws ODataError for anything the API would answer 400 to. `$select` is taken and has no effect. */
export function parseListQuery(query: URLSearchParams, fields: Fields): ListQuery {
  const stranger = [...query.keys()].find((name) => name.startsWith('$') && !KNOWN.has(name));
  if (stranger !== undefined) throw new UnknownOption(`The query parameter '${stranger}' is not supported.`);
  const filter = query.get('$filter');
  const top = wholeNumber(query, '$top');
  if (top !== undefined && top > MAX_TOP)
    throw new ODataError(`The limit of '${MAX_TOP}' for Top query has been exceeded. The value from the incoming request is '${top}'.`);
  return {
    filter: filter === null ? undefined : parseFilter(filter, fields),
    orderBy: parseOrderBy(query.get('$orderby') ?? '', fields),
    top,
    skip: wholeNumber(query, '$skip') ?? 0,
    count: query.get('$count') === 'true',
  };
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new ODataError(`Invalid value '${text}' for ${name} query option found.`);
}

function parseOrderBy(text: string, fields: Fields): SortKey[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.map((part) => {
    const [given = '', direction = 'asc', ...rest] = part.split(/\s+/);
    const field = nameIn(fields, given);
    if (field === undefined || !/^(asc|desc)$/i.test(direction) || rest.length > 0)
      throw new ODataError(`Syntax error in $orderby: '${part}'.`);
    return { field, descending: /^desc$/i.test(direction) };
  });
}

/** Rows of one answer, and what stands beyond them. */
export interface Page<T> {
  readonly rows: readonly T[];
  /** All rows that pass the filter; only counted when the query asks for it. */
  readonly count: number | undefined;
  readonly more: boolean;
}

/**
 * The page that a query chooses from records which already come in its order (or in any order that `sorted` mends).
 * Reads no further than it must.
 */
export function pageOf<T>(records: Iterable<T>, query: ListQuery, read: Read<T>, pageSize: number): Page<T> {
  const passes = query.filter === undefined ? (): boolean => true : matcher(query.filter, read);
  const size = Math.min(query.top ?? pageSize, pageSize);
  const rows: T[] = [];
  let seen = 0;
  for (const record of records) {
    if (!passes(record)) continue;
    seen++;
    if (seen > query.skip && rows.length < size) rows.push(record);
    else if (seen > query.skip && !query.count) break;
  }
  return { rows, count: query.count ? seen : undefined, more: seen > query.skip + rows.length };
}

/** The records in the order of the keys, equal ones as they were. */
export function sorted<T>(records: Iterable<T>, keys: readonly SortKey[], read: Read<T>): T[] {
  return [...records].sort((a, b) => {
    for (const { field, descending } of keys) {
      const difference = order(single(read(a, field)), single(read(b, field)));
      if (difference !== 0) return descending ? -difference : difference;
    }
    return 0;
  });
}
