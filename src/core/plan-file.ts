/**
 * A saved plan, as text: one JSON object, its hash in the first line and one row on each of the last. The hash covers
 * every byte of the file but its own 64 digits.
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { ORDERS } from './call-order.ts';
import { GUARDS, type Refusal } from './guards.ts';
import { machineIdOf } from './ids.ts';
import { expectedOutcome } from './plan.ts';
import type { Outcome, PlannedRow, SkipOutcome } from './types.ts';

/** 2: rows that the list shows open are left out. */
export const PLAN_FORMAT = 2;

const SKIPS = [
  'invalid',
  'duplicate',
  'excluded',
  'ineligible',
  'already-applied',
  'already-in-progress',
] as const satisfies readonly SkipOutcome[];
const CALL = 'planned' satisfies Outcome;

const exclusionsSchema = v.object({
  files: v.array(v.string()),
  entries: v.number(),
  /** As written, with their places. */
  unmatched: v.array(v.string()),
});
const refusalSchema = v.object({ guard: v.picklist(GUARDS), why: v.string(), canBeConfirmed: v.boolean() });

const headSchema = v.object({
  format: v.literal(PLAN_FORMAT),
  /** The program's version. */
  cordon: v.string(),
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  operator: v.string(),
  job: v.string(),
  /** The job's own flags. */
  parameters: v.optional(v.record(v.string(), v.string())),
  /** '' when it was not known. */
  tenant: v.string(),
  host: v.string(),
  emulated: v.boolean(),
  /** Null: the run has to bring one. */
  comment: v.nullable(v.string()),
  order: v.picklist(ORDERS),
  listHash: v.string(),
  calls: v.number(),
  exclusions: exclusionsSchema,
  /** What stood against the plan when it was made. */
  guards: v.array(refusalSchema),
  /** Onboarded machines of the tenant, where they were counted. */
  onboarded: v.nullable(v.number()),
  facts: v.boolean(),
});
const rowSchema = v.object({
  row: v.number(),
  machineId: v.string(),
  deviceName: v.string(),
  file: v.string(),
  line: v.number(),
  outcome: v.picklist([...SKIPS, CALL]),
  message: v.nullable(v.string()),
  /** The open action of a row that is already in progress. */
  action: v.optional(v.object({ id: v.string(), status: v.nullable(v.string()) })),
  /** Place of the call among all calls; on all of them or on none. */
  position: v.optional(v.number()),
  /** The list's other columns. */
  input: v.optional(v.record(v.string(), v.string())),
});
const fileSchema = v.object({ sha256: v.string(), ...headSchema.entries, rows: v.array(rowSchema) });

export type PlanHead = Readonly<Omit<v.InferOutput<typeof headSchema>, 'guards'>> & { readonly guards: readonly Refusal[] };

/** A plan that was read back, every byte of it as it was saved. */
export interface SavedPlan extends PlanHead {
  readonly sha256: string;
  readonly rows: readonly PlannedRow[];
}

const HASH_LINE = /^\{"sha256":"([0-9a-f]{64})",\n/;

/** The pieces of a plan's file. The rows are walked twice: for the hash, then for the text. */
export function planText(head: PlanHead, rows: Iterable<PlannedRow>): { readonly sha256: string; readonly pieces: Iterable<string> } {
  const hash = createHash('sha256').update(firstLine(''));
  for (const piece of rest(head, rows)) hash.update(piece);
  const sha256 = hash.digest('hex');
  return { sha256, pieces: together(firstLine(sha256), rest(head, rows)) };
}

/** The plan that was saved; for anything else, a text that says why it is none. */
export function readPlan(bytes: Buffer): SavedPlan | string {
  const stated = HASH_LINE.exec(bytes.toString('latin1', 0, 80))?.[1];
  if (stated === undefined) return 'it does not begin with its hash: no plan of cordon, or altered';
  const body = bytes.subarray(firstLine(stated).length);
  const sha256 = createHash('sha256').update(firstLine('')).update(body).digest('hex');
  if (sha256 !== stated) return 'it was altered: its content does not have the hash that stands in it';
  const parsed = v.safeParse(fileSchema, parseJson(bytes.toString()));
  if (!parsed.success) return `it cannot be read: ${v.summarize(parsed.issues)}`;
  const { rows, ...head } = parsed.output;
  return inconsistency(rows) ?? { ...head, rows: rows.map(plannedOf) };
}

function* rest(head: PlanHead, rows: Iterable<PlannedRow>): Generator<string> {
  yield `${Object.entries(head)
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
    .join(',\n')},\n"rows":[`;
  let separator = '\n';
  for (const row of rows) {
    yield `${separator}${JSON.stringify(savedOf(row))}`;
    separator = ',\n';
  }
  yield '\n]}\n';
}

function* together(first: string, others: Iterable<string>): Generator<string> {
  yield first;
  yield* others;
}

function firstLine(sha256: string): string {
  return `{"sha256":"${sha256}",\n`;
}

type SavedRow = v.InferOutput<typeof rowSchema>;

function savedOf({ row, machineId, deviceName, file, line, message, action, position, input, ...rest }: PlannedRow): object {
  const more = { ...(action && { action }), ...(position !== undefined && { position }), ...(input && { input }) };
  return { row, machineId, deviceName, file, line, outcome: expectedOutcome(rest), message: message ?? null, ...more };
}

function plannedOf({ outcome, message, action, position, input, ...row }: SavedRow): PlannedRow {
  const skip = SKIPS.find((known) => known === outcome);
  return {
    ...row,
    ...(skip && { skip }),
    ...(action && { action }),
    ...(message !== null && { message }),
    ...(position !== undefined && { position }),
    ...(input && { input }),
  };
}

/** Rows that no plan of ours has: a hash over a plan made by hand says nothing about its sense. */
function inconsistency(rows: readonly SavedRow[]): string | undefined {
  const called = new Set<string>();
  for (const [index, { row, machineId, outcome }] of rows.entries()) {
    if (row !== index + 1) return `row ${row} is not where it belongs`;
    if (outcome !== CALL) continue;
    if (machineIdOf(machineId) !== machineId) return `row ${row} would be called, and names no machine`;
    if (called.has(machineId)) return `row ${row} would call a machine a second time`;
    called.add(machineId);
  }
  return misplaced(rows);
}

/** Places that are not those of the calls, each once: a call at a place that is taken would never go out. */
function misplaced(rows: readonly SavedRow[]): string | undefined {
  const calls = rows.filter(({ outcome }) => outcome === CALL);
  const positions = new Set(rows.flatMap(({ position }) => position ?? []));
  if (positions.size === 0) return undefined;
  const isWhole = positions.size === calls.length && calls.every((_, i) => positions.has(i + 1));
  const isOnCalls = rows.every(({ outcome, position }) => (outcome === CALL) === (position !== undefined));
  return isWhole && isOnCalls ? undefined : 'its calls do not each have a place of their own';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
