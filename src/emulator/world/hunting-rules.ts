/** Rules for hunting queries from a JSON text: what `cordon emulate --hunting FILE` reads. */
import * as v from 'valibot';
import { UsageError } from '../../core/errors.ts';
import type { Column, Hunting, HuntingRefusal, Table } from './hunting.ts';

const Refusal = v.object({ status: v.pipe(v.number(), v.integer(), v.minValue(400)), code: v.string(), message: v.string() });
const Rule = v.strictObject({
  /** Found in the query's text; without it every query is meant. */
  match: v.optional(v.string(), ''),
  /** By default the first row's names. */
  schema: v.optional(v.array(v.object({ name: v.string(), type: v.optional(v.string(), 'String') }))),
  results: v.optional(v.array(v.record(v.string(), v.unknown())), []),
  /** So many rows with made-up device ids come after the results. */
  count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  error: v.optional(Refusal),
});
const Rules = v.union([
  v.array(Rule),
  v.pipe(
    Rule,
    v.transform((rule) => [rule]),
  ),
]);

/**
 * Rules, the first whose `match` stands in the query counts.
 * @param where the file's name, for the error
 * @throws UsageError when the text is not such JSON
 */
export function parseHunting(text: string, where: string): Hunting {
  const rules = rulesOf(text, where).map((rule) => ({ match: rule.match, answer: answerOf(rule) }));
  return (query) => rules.find(({ match }) => query.includes(match))?.answer;
}

function rulesOf(text: string, where: string): v.InferOutput<typeof Rules> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UsageError(`${where} is no JSON: hunting rules are a list of {"match", "schema", "results", "count", "error"}`);
  }
  const parsed = v.safeParse(Rules, json);
  if (parsed.success) return parsed.output;
  throw new UsageError(`${where} has no hunting rules: ${v.summarize(parsed.issues).replaceAll('\n', ' ')}`);
}

function answerOf({ schema, results, count, error }: v.InferOutput<typeof Rule>): Table | HuntingRefusal {
  if (error) return error;
  const more = Array.from({ length: count }, (_, index) => ({ DeviceId: index.toString(16).padStart(40, '0'), DeviceName: `pc-${index}` }));
  const rows = [...results, ...more];
  return { schema: schema ?? columnsOf(rows[0] ?? { DeviceId: '' }), results: rows };
}

function columnsOf(row: object): Column[] {
  return Object.entries(row).map(([name, value]) => ({ name, type: typeof value === 'number' ? 'Int64' : 'String' }));
}
