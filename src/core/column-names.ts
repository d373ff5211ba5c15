/** Names of a list's columns are compared without case, spaces, underscores and hyphens. Pure. */
import type { Input } from './types.ts';

/** The form in which two spellings of one column are the same. */
export function squashed(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, '');
}

/** What a row holds in the column of exactly this name, or null. A column may be called `constructor`, which is a name like any other. */
export function cellOf(input: Input | undefined, name: string): string | null {
  return input !== undefined && Object.hasOwn(input, name) ? (input[name] ?? null) : null;
}

/** What a row holds in the first of these columns that it has and that is not empty. */
export function inputOf(input: Input | undefined, columns: readonly string[]): string | undefined {
  for (const wanted of columns.map(squashed))
    for (const [name, value] of Object.entries(input ?? {})) if (squashed(name) === wanted && value.trim() !== '') return value.trim();
  return undefined;
}
