/** How much of foreign text is kept: nothing that others send may fill the state or a report. Pure. */
import type { Answer, Settlement } from './types.ts';

/** Characters of a text of a row or a run. */
export const MAX_TEXT = 2000;
/** Bytes of an attempt's answer, as JSON. */
export const MAX_ANSWER = 64 * 1024;

/** The beginning of a text, never half a character. */
export function bounded(text: string, length = MAX_TEXT): string {
  return text.length > length ? text.slice(0, length).toWellFormed() : text;
}

/** A settlement whose texts are bounded. */
export function boundedSettlement(settlement: Settlement): Settlement {
  const entries = Object.entries(settlement).map(([name, value]) => [name, typeof value === 'string' ? bounded(value) : value]);
  return { ...settlement, ...Object.fromEntries(entries) };
}

/** What judging reads of a body; of all else only as much is kept as there is room for. */
const JUDGED = new Set([
  'error',
  'code',
  'message',
  'id',
  'type',
  'status',
  'machineId',
  'requestor',
  'requestorComment',
  'computerDnsName',
  'creationDateTimeUtc',
]);
const MOST_FIELDS = 50;
const LONGEST_NAME = 100;
/** Tried in this order until the answer fits; no id, code or tag is longer than the last. */
const LENGTHS = [4000, 1000, 200, 60];

/** An answer that is judged like the given one, in at most 64 KiB of JSON. */
export function boundedAnswer(answer: Answer): Answer {
  if (fits(answer)) return answer;
  if (answer.kind !== 'response') return { ...answer, reason: bounded(answer.reason) };
  const { retryAfter, date, ...rest } = answer;
  const headers = {
    ...(retryAfter !== undefined && { retryAfter: bounded(retryAfter, 100) }),
    ...(date !== undefined && { date: bounded(date, 100) }),
  };
  const value = parsed(answer.body);
  const shorter = LENGTHS.map((length) => ({ ...rest, ...headers, body: bodyOf(answer.body, value, length) }));
  return shorter.find(fits) ?? { ...rest, ...headers, body: '' };
}

function fits(answer: Answer): boolean {
  return Buffer.byteLength(JSON.stringify(answer)) <= MAX_ANSWER;
}

function bodyOf(body: string, value: unknown, length: number): string {
  return isFields(value) ? JSON.stringify(fieldsOf(value, length, true)) : bounded(body, 4 * length);
}

/** The plain fields, the judged ones first, and those of the error inside. */
function fieldsOf(fields: Fields, length: number, isOuter: boolean): Fields {
  const rank = ([name]: [string, unknown]): number => (JUDGED.has(name) ? 0 : 1);
  const entries = Object.entries(fields)
    .filter(([name]) => name.length <= LONGEST_NAME)
    .toSorted((a, b) => rank(a) - rank(b));
  const kept = entries.flatMap(([name, value]): [string, unknown][] => {
    if (typeof value === 'string') return [[name, bounded(value, length)]];
    if (isFields(value)) return isOuter && name === 'error' ? [[name, fieldsOf(value, length, false)]] : [];
    return Array.isArray(value) ? [] : [[name, value]];
  });
  return Object.fromEntries(kept.slice(0, MOST_FIELDS));
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
