/** One decision about all runs of a campaign: how many machines, and whether somebody confirms them. */
import type { Briefing } from '../../core/briefing.ts';
import { GuardError } from '../../core/errors.ts';
import { finalOf, guard, type Refusal } from '../../core/guards.ts';
import type { Listener } from '../../core/ports.ts';
import type { Job } from '../../core/types.ts';
import type { Settings } from '../../settings/settings.ts';
import { confirmCalls, type Confirm } from '../confirm.ts';

/** A tenant whose run could begin. */
export interface Ready {
  readonly tenant: string;
  readonly calls: number;
  /** Undefined where nobody is to be asked. */
  readonly briefing: Briefing | undefined;
}

export interface Decision {
  readonly job: Job;
  readonly settings: Settings;
  readonly confirm: Confirm;
  readonly listener: Listener;
}

/** @throws GuardError when it is too many machines, or nobody confirms them: nothing was sent then */
export async function decideTogether(ready: readonly Ready[], { job, settings, confirm, listener }: Decision): Promise<void> {
  const calls = ready.reduce((sum, one) => sum + one.calls, 0);
  const refusals = limitsOf(calls, settings);
  const final = finalOf(refusals, !settings.yes && settings.confirm === undefined);
  if (final.length > 0)
    throw new GuardError(`refused: ${final.map(({ why }) => why).join('; ')}`, {
      hint: 'Nothing was sent. --max-targets counts the machines of all tenants; raise it if the list is right.',
    });
  const briefing = async (): Promise<Briefing> => briefingOfAll(ready, refusals);
  await confirmCalls({ job, calls, settings, briefing, confirm, listener });
}

/** A share is judged in each tenant. */
function limitsOf(calls: number, { maxTargets: limit, confirm, origin }: Settings): readonly Refusal[] {
  if (!('count' in limit)) return [];
  return guard({ plan: { calls, unclear: undefined }, limit, limitIsDefault: origin.maxTargets === 'default', confirm });
}

const NAMED = 12;

/** What is to be read before all of them are confirmed; what differs says whose it is. */
export function briefingOfAll(ready: readonly Ready[], refusals: readonly Refusal[]): Briefing {
  const told = ready.flatMap(({ tenant, calls, briefing }) => (briefing ? [{ tenant, calls, briefing }] : []));
  const [largest] = told.toSorted((a, b) => b.calls - a.calls);
  if (!largest) throw new GuardError('there is nothing to confirm');
  const machines = told.reduce((sum, { calls }) => sum + calls, 0);
  const all = <T>(of: (briefing: Briefing) => readonly T[]): T[] => told.flatMap(({ briefing }) => of(briefing));
  const each = (of: (briefing: Briefing) => readonly string[]): string[] =>
    told.flatMap(({ tenant, briefing }) => of(briefing).map((text) => `${tenant}: ${text}`));
  const { briefing: model } = largest;
  return {
    ...model,
    machines,
    toType: model.toType === String(model.machines) ? String(machines) : model.toType,
    tenant: tenantsText(told),
    host: [...new Set(told.map(({ briefing }) => briefing.host))].join(', '),
    notes: each(({ notes }) => notes),
    names: someOf(told.map(({ briefing }) => briefing.names)),
    systems: summed(all(({ systems }) => systems)),
    excluded: someOf(told.map(({ briefing }) => briefing.excluded)),
    leftOut: summed(all(({ leftOut }) => leftOut)),
    unmatched: { in: model.unmatched.in, entries: all(({ unmatched }) => unmatched.entries) },
    warnings: each(({ warnings }) => warnings),
    asked: [...refusals.map(({ why }) => why), ...each(({ asked }) => asked)],
  };
}

function tenantsText(told: readonly { readonly tenant: string; readonly calls: number }[]): string {
  const named = told.slice(0, NAMED).map(({ tenant, calls }) => `${tenant} (${calls})`);
  return `${told.length} tenants: ${named.join(', ')}${told.length > NAMED ? ` and ${told.length - NAMED} more` : ''}`;
}

const SHOWN = 10;

function someOf(parts: readonly Briefing['names'][]): Briefing['names'] {
  const first = parts.flatMap((part) => part.first);
  const more = parts.reduce((sum, part) => sum + part.more, 0);
  return { first: first.slice(0, SHOWN), more: more + Math.max(0, first.length - SHOWN) };
}

function summed<T extends string>(counts: readonly (readonly [T, number])[]): (readonly [T, number])[] {
  const sums = new Map<T, number>();
  for (const [what, count] of counts) sums.set(what, (sums.get(what) ?? 0) + count);
  return [...sums].toSorted(([, a], [, b]) => b - a);
}
