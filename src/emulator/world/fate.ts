/** What is to become of an action: when its machine takes it up, when it ends, and how. */
import type { ActionType } from '../../core/types.ts';
import { between, type Random } from '../random.ts';
import { TIME_OUT_MS, type StoredAction } from './lifecycle.ts';
import type { Machine } from './machines.ts';
import type { World } from './world.ts';

export type Fate = Pick<StoredAction, 'startsAt' | 'endsAt' | 'endsAs'>;

export interface Wish {
  readonly type: ActionType;
  readonly scope: string | null;
  readonly machine: Machine;
  /** Made although one of its type was open. */
  readonly stacked: boolean;
}

/** So many times longer than others takes a doubled action that takes something away (microsoft-365-docs#5903). */
const STACKED = 10;

/** The fate of an action that is created now. */
export function fateOf({ options, machines }: World, wish: Wish, now: number, random: Random): Fate {
  const { id } = wish.machine;
  const takes = timeFor(options.actionMsOf[wish.type] ?? options.actionMs, wish, random) * options.speed;
  const failsByChance = random() < options.actionFailures;
  const from = isOfOthers(wish) ? now : Math.max(now, machines.answersFrom(wish.machine));
  if (from > now + TIME_OUT_MS) return { startsAt: now + TIME_OUT_MS, endsAt: now + TIME_OUT_MS, endsAs: 'TimeOut' };
  const waits = wish.stacked ? takes * 0.9 : takes / 4;
  return { startsAt: from + waits, endsAt: from + takes, endsAs: failsByChance || machines.isFailing(id) ? 'Failed' : 'Succeeded' };
}

function timeFor(span: readonly [number, number], { type, stacked }: Wish, random: Random): number {
  const isLate = stacked && (type === 'Isolate' || type === 'RestrictCodeExecution');
  return between(random, span) * (isLate ? STACKED : 1);
}

/** An unmanaged device is contained, and released, by the onboarded machines around it: it need not answer. */
function isOfOthers({ type, scope, machine }: Wish): boolean {
  const unmanaged = (machine.onboardingStatus ?? 'Onboarded') !== 'Onboarded';
  return scope === 'UnManagedDevice' || (type === 'Unisolate' && unmanaged);
}
