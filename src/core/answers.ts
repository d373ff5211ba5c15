/** What the API's answers look like. Parsed leniently: fields may be missing, and unknown ones do not matter. */
import * as v from 'valibot';
import { ACTION_STATUSES, ACTION_TYPES, type MachineAction, type MachineFacts } from './types.ts';

const text = v.fallback(v.nullable(v.string()), null);
const flag = v.fallback(v.nullable(v.boolean()), null);

/** A word in the case in which it is documented; one that nobody has seen before as it is. An answer's case decides nothing. */
function wordOf(known: readonly string[]) {
  const byLower = new Map(known.map((word) => [word.toLowerCase(), word]));
  return v.pipe(
    text,
    v.transform((word) => (word === null ? null : (byLower.get(word.toLowerCase()) ?? word))),
  );
}

const actionSchema = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  type: wordOf(ACTION_TYPES),
  status: wordOf(ACTION_STATUSES),
  machineId: text,
  requestor: text,
  requestorComment: text,
  computerDnsName: text,
  creationDateTimeUtc: text,
  lastUpdateDateTimeUtc: text,
  scope: text,
  relatedFileInfo: v.fallback(v.nullable(v.object({ fileIdentifier: text, fileIdentifierType: text })), null),
});

/**
 * Tags as far as they can be read: one that is no text stays in the list as null, so that nobody takes it for absent. What
 * is no list at all is one such; null stands for a record that says nothing of tags.
 */
const tags = v.optional(v.fallback(v.nullable(v.array(text)), [null]), null);

const factsSchema = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  computerDnsName: text,
  osPlatform: text,
  osBuild: v.fallback(v.nullable(v.number()), null),
  version: text,
  healthStatus: text,
  onboardingStatus: text,
  lastSeen: text,
  aadDeviceId: text,
  mergedIntoMachineId: text,
  isPotentialDuplication: flag,
  isExcluded: flag,
  machineTags: tags,
  rbacGroupName: text,
  rbacGroupId: v.fallback(v.nullable(v.union([v.number(), v.string()])), null),
});

const errorSchema = v.object({
  error: v.object({ code: v.string(), message: v.fallback(v.string(), '') }),
});

/**
 * An API error body's code (stable) and message (free text that may change).
 * The code may be empty: `{"error":{"code":"","message":"The query specified in the URI is not valid. …"}}`
 * @see https://github.com/MicrosoftDocs/microsoft-365-docs/issues/12682
 */
export interface ApiError {
  readonly code: string;
  readonly message: string;
}

/** A machine action from an answer's body, or undefined when the body is none. */
export function readAction(body: string): MachineAction | undefined {
  return read(actionSchema, parseJson(body));
}

/** An API error in one line, for people. */
export function describeError({ code, message }: ApiError): string {
  return [code, message].filter((part) => part !== '').join(': ');
}

/** The error of an answer's body, or undefined when it is no API error (HTML, empty, broken JSON). */
export function readApiError(body: string): ApiError | undefined {
  return read(errorSchema, parseJson(body))?.error;
}

/** What a list's answer holds. */
interface ReadList<T> {
  readonly values: T[];
  /** Counts elements that could not be read too. */
  readonly length: number;
  /** The answer says that it is not all. */
  readonly more?: true;
}

/**
 * A list's elements, those that cannot be read left out and counted; undefined when the body is no list.
 * @see mde-api.md §3: lists come as `{ "value": [...] }`
 */
export function readActions(body: string): ReadList<MachineAction> | undefined {
  return readList(body, actionSchema);
}

/** Like `readActions`, for machines. */
export function readMachines(body: string): ReadList<MachineFacts> | undefined {
  return readList(body, v.pipe(factsSchema, v.transform(withGroup)));
}

/** A machine without a group has no name for it and the group id 0 (mde-api.md §3); no name and another id is not readable. */
function withGroup({ rbacGroupId, ...facts }: v.InferOutput<typeof factsSchema>): MachineFacts {
  const name = facts.rbacGroupName?.trim() ?? '';
  return { ...facts, rbacGroupName: name === '' && String(rbacGroupId) !== '0' ? null : name };
}

const listSchema = v.object({ value: v.array(v.unknown()), '@odata.nextLink': text });

function readList<T>(body: string, schema: v.GenericSchema<unknown, T>): ReadList<T> | undefined {
  const list = read(listSchema, parseJson(body));
  if (list === undefined) return undefined;
  const values = list.value.map((element) => read(schema, element)).filter((element) => element !== undefined);
  return { values, length: list.value.length, ...(list['@odata.nextLink'] && { more: true }) };
}

function read<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T | undefined {
  const result = v.safeParse(schema, value);
  return result.success ? result.output : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
