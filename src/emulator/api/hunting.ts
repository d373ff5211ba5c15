/** Running a hunting query, at Defender's two endpoints and at Graph's. */
import { parseObject } from '../json.ts';
import { only, refusal, type Context, type Reaction } from '../reaction.ts';
import { json, type Reply } from '../replies.ts';
import type { Table } from '../world/hunting.ts';
import { ownTables } from '../world/hunting-tables.ts';

const GRAPH_CONTEXT = 'https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.security.huntingQueryResults';
const TOO_LARGE =
  'Query execution has exceeded the allowed result size. Optimize your query by limiting the amount of results and try again.';

/** POST advancedqueries/run and advancedhunting/run */
export function hunting(context: Context): Reaction {
  return found(context, ({ schema, results }) => ({
    Stats: { ExecutionTime: 0.1, dataset_statistics: [{ table_row_count: results.length }] },
    Schema: schema.map(({ name, type }) => ({ Name: name, Type: type })),
    Results: results,
  }));
}

/** POST /v1.0/security/runHuntingQuery */
export function graphHunting(context: Context): Reaction {
  return found(context, ({ schema, results }) => ({ '@odata.context': GRAPH_CONTEXT, schema, results }));
}

function found(context: Context, shape: (table: Table) => object): Reaction {
  const { world, request, now } = context;
  const body = parseObject(request.body);
  const query = body?.['Query'] ?? body?.['query'];
  if (typeof query !== 'string' || query.trim() === '')
    return only(refusal(context, 400, 'BadRequest', "The parameter 'Query' is missing."));
  const view = { machines: world.machines, actions: world.actions, now };
  const answer = world.options.hunting(query, view) ?? ownTables(query, view);
  if (answer === undefined)
    return only(refusal(context, 501, 'NotImplemented', 'The emulator runs no KQL, and no rule of its own knows this query'));
  if ('status' in answer) return only(refusal(context, answer.status, answer.code, answer.message));
  return only(limited(context, answer, shape));
}

/** More rows than the API gives are left out without a word, as documented, or refused. */
function limited(context: Context, { schema, results }: Table, shape: (table: Table) => object): Reply {
  const { huntingRows, huntingOverflow, huntingBytes } = context.world.options;
  if (results.length > huntingRows && huntingOverflow === 'refuse') return refusal(context, 400, 'BadRequest', TOO_LARGE);
  const reply = json(200, shape({ schema, results: results.slice(0, huntingRows) }));
  return Buffer.byteLength(reply.body) > huntingBytes ? refusal(context, 400, 'BadRequest', TOO_LARGE) : reply;
}
