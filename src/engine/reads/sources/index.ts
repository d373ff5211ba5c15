import { UsageError } from '../../../core/errors.ts';
import { alert } from './alert.ts';
import { group } from './group.ts';
import { incident } from './incident.ts';
import { query } from './query.ts';
import { run } from './run.ts';
import type { TenantSource } from './source.ts';
import { tag } from './tag.ts';

/** Every source. A new one is a file beside this one and a line in this list. */
export const sources: readonly TenantSource[] = [tag, group, query, alert, incident, run];

export interface NamedSource {
  readonly source: TenantSource;
  /** What stands after the colon. */
  readonly value: string;
}

/** The source that a text names. @throws UsageError (exit 2) when it names none */
export function sourceNamed(text: string): NamedSource {
  const [, kind = '', value = ''] = /^\s*([a-z]+):(.*)$/is.exec(text) ?? [];
  const source = sources.find((known) => known.kind === kind.toLowerCase());
  if (!source || value.trim() === '')
    throw new UsageError(`--from ${text}: this names no source`, { hint: `Sources: ${sources.map(({ usage }) => usage).join(', ')}.` });
  return { source, value: value.trim() };
}
