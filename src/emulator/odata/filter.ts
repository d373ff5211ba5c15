/** What a filter says, once it is read. */

export type Value = string | number | boolean | null;
export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
export type TextTest = 'startswith' | 'endswith' | 'contains';

export type Filter =
  | { readonly op: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly op: 'not'; readonly of: Filter }
  | ({ readonly op: 'compare'; readonly by: Comparison; readonly value: Value } & Operand)
  | ({ readonly op: 'in'; readonly values: ReadonlySet<Value> } & Operand)
  | ({ readonly op: 'text'; readonly test: TextTest; readonly value: string } & Operand)
  | ({ readonly op: 'any'; readonly by: Comparison; readonly value: Value } & Operand);

/** A property, as it is or in one case. */
export interface Operand {
  readonly field: string;
  readonly cased?: Cased;
}
export type Cased = 'tolower' | 'toupper';

/** What a field may be compared with: `key` takes a guid quoted or not, `guid` only unquoted, `texts` is a list. */
export type FieldKind = 'string' | 'number' | 'boolean' | 'date' | 'guid' | 'key' | 'texts';
export type Fields = Readonly<Record<string, FieldKind>>;

/** A property's own name, whatever the case it is given in. */
export function nameIn(fields: Fields, given: string): string | undefined {
  return Object.keys(fields).find((name) => name.toLowerCase() === given.toLowerCase());
}

/** The texts that a filter names for a field, by `eq` or `in`. */
export function valuesNamed(filter: Filter, field: string): Set<string> {
  if (filter.op === 'and' || filter.op === 'or') return valuesNamed(filter.left, field).union(valuesNamed(filter.right, field));
  if (filter.op === 'in' && filter.field === field) return new Set([...filter.values].filter((value) => typeof value === 'string'));
  const isNamed = filter.op === 'compare' && filter.by === 'eq' && filter.field === field;
  return new Set(isNamed && typeof filter.value === 'string' ? [filter.value] : []);
}
