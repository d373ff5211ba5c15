/** What all list answers have in common. */
import { ODataError } from '../odata/tokens.ts';
import type { Fields } from '../odata/filter.ts';
import { parseListQuery, type ListQuery, type Page } from '../odata/query.ts';
import { only, refusal, type Context, type Reaction } from '../reaction.ts';
import { collection, type EntitySet } from '../replies.ts';

/** The page that `choose` finds, as a list answer; a query that cannot be read is a 400. */
export function listed(context: Context, fields: Fields, set: EntitySet, choose: (query: ListQuery) => Page<unknown>): Reaction {
  try {
    const query = parseListQuery(context.request.query, fields);
    const { rows, count, more } = choose(query);
    const counted = count === undefined ? {} : { '@odata.count': count };
    // With $top the API sends no link: its caller walks by $skip.
    const next = more && query.top === undefined ? { '@odata.nextLink': nextLink(context, query.skip + rows.length) } : {};
    return only(collection(set, rows, { ...counted, ...next }));
  } catch (error) {
    if (error instanceof ODataError) return only(refusal(context, 400, 'ODataError', error.message));
    throw error;
  }
}

function nextLink({ request }: Context, skip: number): string {
  const query = new URLSearchParams(request.query);
  query.set('$skip', String(skip));
  return `http://${request.headers['host'] ?? '127.0.0.1'}${request.path}?${query.toString()}`;
}
