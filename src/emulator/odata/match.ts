/** Whether a record passes a filter. */
import type { Comparison, Filter, Operand, TextTest, Value } from './filter.ts';

/** The value of a record's field; lists only where the field is one. */
export type Read<T> = (record: T, field: string) => Value | string[];

/** A test made once per request and used on many records. */
export function matcher<T>(filter: Filter, read: Read<T>): (record: T) => boolean {
  switch (filter.op) {
    case 'and':
    case 'or':
      return joined(filter.op, matcher(filter.left, read), matcher(filter.right, read));
    case 'not': {
      const inner = matcher(filter.of, read);
      return (record) => !inner(record);
    }
    case 'compare':
      return (record) => compare(inCase(single(read(record, filter.field)), filter), filter.by, filter.value);
    case 'in':
      return (record) => filter.values.has(inCase(single(read(record, filter.field)), filter));
    case 'text':
      return (record) =>
        texts(read(record, filter.field)).some((text) => testText(filter.test, String(inCase(text, filter)), filter.value));
    case 'any':
      return (record) => texts(read(record, filter.field)).some((text) => compare(text, filter.by, filter.value));
    default:
      return filter satisfies never;
  }
}

function inCase(value: Value, { cased }: Operand): Value {
  if (cased === undefined || typeof value !== 'string') return value;
  return cased === 'tolower' ? value.toLowerCase() : value.toUpperCase();
}

function joined<T>(op: 'and' | 'or', left: (record: T) => boolean, right: (record: T) => boolean): (record: T) => boolean {
  return op === 'and' ? (record) => left(record) && right(record) : (record) => left(record) || right(record);
}

/** Which of two values comes first: negative, 0 or positive; null comes before everything. */
export function order(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}

function compare(value: Value, by: Comparison, other: Value): boolean {
  if (by === 'eq') return value === other;
  if (by === 'ne') return value !== other;
  if (value === null || other === null) return false;
  const difference = order(value, other);
  return { gt: difference > 0, ge: difference >= 0, lt: difference < 0, le: difference <= 0 }[by];
}

function testText(test: TextTest, text: string, part: string): boolean {
  return { startswith: text.startsWith(part), endswith: text.endsWith(part), contains: text.includes(part) }[test];
}

/** A list as one text, so that it can be compared and sorted. */
export function single(value: Value | string[]): Value {
  return Array.isArray(value) ? value.join(',') : value;
}

function texts(value: Value | string[]): string[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? [value] : [];
}
