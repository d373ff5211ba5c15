/**
 * Advanced hunting through Microsoft Graph: the two other endpoints end on 2027-02-01.
 * @see mde-actions.md §5
 */
import * as v from 'valibot';
import { UserError } from '../../core/errors.ts';
import type { Halt } from '../attempts/halt.ts';
import { ask } from './ask.ts';
import { HUNTING_WINDOWS, withLane, type Service } from './service.ts';

/** The most rows that one query gives. An answer of as many may have been cut, and says so nowhere. */
const MAX_ROWS = 100_000;
/** A query that takes minutes is not asked for six times: the tenant's time for hunting is limited too. */
const TRIES = 3;

export interface Hunted {
  /** Names of the columns, as the answer's schema says; known also when there are no rows. */
  readonly columns: readonly string[] | undefined;
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

interface HuntedPage extends Hunted {
  readonly goesOn: boolean;
}

export interface HuntingDeps {
  /** Microsoft Graph: its paths begin with `v1.0/`. */
  readonly graph: Service;
  readonly halt: Halt;
}

/** Documents and recordings differ in the case of the schema's own names. */
const columnSchema = v.union([
  v.pipe(
    v.object({ name: v.string() }),
    v.transform(({ name }) => name),
  ),
  v.pipe(
    v.object({ Name: v.string() }),
    v.transform(({ Name }) => Name),
  ),
]);
const answerSchema = v.object({
  schema: v.fallback(v.optional(v.array(columnSchema)), undefined),
  results: v.array(v.record(v.string(), v.unknown())),
  /** No document has it here; an answer that says that it goes on is not all. */
  '@odata.nextLink': v.optional(v.unknown()),
});

/**
 * The rows of one query, all of them.
 * @throws UserError (exit 2) when there are so many that some may be missing, or the answer says that there are more
 * @throws AuthError, UsageError, UserError as `ask` does
 */
export async function hunt({ graph, halt }: HuntingDeps, query: string, what: string): Promise<Hunted> {
  const hunted = await withLane(graph, 'runHuntingQuery', HUNTING_WINDOWS, (lane) =>
    ask({
      lane,
      halt,
      what,
      permission: 'ThreatHunting.Read.All (Microsoft Graph)',
      send: (bearer, signal) => graph.api.post(bearer, 'security/runHuntingQuery', { Query: query }, signal),
      parse: readHunted,
      tries: TRIES,
    }),
  );
  if (hunted === undefined)
    throw new UserError(`${what}: there is no hunting API here`, { hint: 'Advanced hunting is not part of Defender for Business.' });
  if (hunted.goesOn)
    throw new UserError(`${what} gives ${hunted.records.length} rows, and the answer says that there are more`, { hint: NARROWER });
  if (hunted.records.length >= MAX_ROWS)
    throw new UserError(`${what} gives ${hunted.records.length} rows, and the API gives ${MAX_ROWS} at most: some may be missing`, {
      hint: NARROWER,
    });
  const { columns, records } = hunted;
  return { columns, records };
}
const NARROWER = 'Nothing was sent. Make the query narrower, or several of it.';

function readHunted(body: string): HuntedPage | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), answerSchema), body);
  if (!parsed.success) return undefined;
  const { schema: columns, results: records, '@odata.nextLink': next = null } = parsed.output;
  return { columns, records, goesOn: next !== null && next !== '' };
}
