/** What all list answers have in common. */
import { ODataError, UnknownOption } from '../odata/tokens.ts';
import type { Fields } from '../odata/filter.ts';
import { parseListQuery, type ListQuery, type Page } from '../odata/query.ts';
import { only, refusal, type Context, type Reaction } from '../reaction.ts';
import { collection, type EntitySet } from '../replies.ts';
import { emptyCode } from './misshapen.ts';

/** How a set is read. `invent`: a row that stands at this place in a list without an end. */
export interface Listing {
  readonly fields: Fields;
  readonly set: EntitySet;
  readonly choose: (query: ListQuery) => Page<unknown>;
  readonly invent?: (place: number) => unknown;
}

/** The page that is asked for, or what the options make of it; a query that cannot be read is a 400. */
export function listed(context: Context, listing: Listing): Reaction {
  try {
    const query = parseListQuery(context.request.query, listing.fields);
    const { rows, count, more } = pageFor(context, listing, query);
    const counted = count === undefined ? {} : { '@odata.count': count };
    // With $top the API sends no link: its caller walks by $skip.
    const next = more && query.top === undefined ? { '@odata.nextLink': nextLink(context, query.skip + rows.length) } : {};
    return only(collection(listing.set, rows, { ...counted, ...next }));
  } catch (error) {
    if (error instanceof UnknownOption) return only(emptyCode());
    if (error instanceof ODataError) return only(refusal(context, 400, 'ODataError', error.message));
    throw error;
  }
}

function pageFor({ world }: Context, { choose, invent }: Listing, query: ListQuery): Page<unknown> {
  const { lists, pageSize } = world.options;
  const size = Math.min(query.top ?? pageSize, pageSize);
  if (lists === 'skip-ignored') return choose({ ...query, skip: 0 });
  if (lists === 'pages-repeated') return choose({ ...query, skip: placeOfTwin(query.skip, size) });
  const page = choose(query);
  if (lists !== 'endless' || !invent) return page;
  const invented = Array.from({ length: size - page.rows.length }, (_, index) => invent(query.skip + page.rows.length + index));
  return { ...page, rows: [...page.rows, ...invented], more: true };
}

/** Where a page begins if each comes twice before the next one. */
function placeOfTwin(skip: number, size: number): number {
  return Math.floor(Math.floor(skip / size) / 2) * size + (skip % size);
}

function nextLink({ request }: Context, skip: number): string {
  const query = new URLSearchParams(request.query);
  query.set('$skip', String(skip));
  return `http://${request.headers['host'] ?? '127.0.0.1'}${request.path}?${query.toString()}`;
}
