/** Reading a field of a record as filters and sorting want it. */
import { dateKey } from '../time.ts';
import type { Fields, Value } from './filter.ts';

/** Whatever a record holds under a field's name, in a form that compares; what cannot be compared is null. */
export function readerOf(fields: Fields): (record: Readonly<Record<string, unknown>>, field: string) => Value | string[] {
  return (record, field) => {
    const value = record[field];
    if (Array.isArray(value)) return value.map(String);
    if (typeof value === 'string') return fields[field] === 'date' ? (dateKey(value) ?? value) : value;
    return typeof value === 'number' || typeof value === 'boolean' ? value : null;
  };
}
