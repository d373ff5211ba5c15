/** Guards look at the set, before the first POST; facts about one machine decide its row only, never here. Pure. */
import type { Plan } from './plan.ts';

export interface GuardInput {
  readonly plan: Pick<Plan, 'calls' | 'unclear'>;
  readonly limit: { readonly count: number } | { readonly percent: number };
  /** Onboarded machines of the tenant, where they were counted. */
  readonly onboarded?: number | undefined;
  /** Machines that were asked for, and how many of those the tenant does not know. */
  readonly known?: { readonly asked: number; readonly unknown: number } | undefined;
  /** `--confirm`: exactly so many machines are to be called. */
  readonly confirm?: number | undefined;
}

export const GUARDS = ['max-targets', 'exclusions', 'unknown-ids', 'confirmation'] as const;

export interface Refusal {
  readonly guard: (typeof GUARDS)[number];
  readonly why: string;
  /** A person at a terminal may go on all the same, by typing the number. */
  readonly canBeConfirmed: boolean;
}

/** More unknown ids than this share are no accident. */
const UNKNOWN_SHARE = 0.3;
/** Below this many, a share says nothing. */
const FEW = 3;

/** Why this set must not be called; empty when nothing stands against it. */
export function guard(input: GuardInput): Refusal[] {
  return [tooMany(input), exclusions(input), unknownIds(input), miscounted(input)].filter((refusal) => refusal !== undefined);
}

/** Those that nobody is there, or allowed, to overrule. */
export function finalOf(refusals: readonly Refusal[], canAsk: boolean): readonly Refusal[] {
  return refusals.filter(({ canBeConfirmed }) => !(canBeConfirmed && canAsk));
}

/** Whether so many unknown ids mean another tenant or another column rather than a few stale records. */
export function mostlyUnknown({ asked, unknown }: { readonly asked: number; readonly unknown: number }): boolean {
  return unknown >= FEW && unknown > asked * UNKNOWN_SHARE;
}

function tooMany({ plan, limit, onboarded }: GuardInput): Refusal | undefined {
  if ('percent' in limit && onboarded === undefined)
    return { guard: 'max-targets', canBeConfirmed: false, why: '--max-targets is a share, and the onboarded machines were not counted' };
  const most = 'count' in limit ? limit.count : Math.floor((limit.percent / 100) * (onboarded ?? 0));
  if (plan.calls <= most) return undefined;
  const of = 'percent' in limit ? ` (${limit.percent}% of ${onboarded} onboarded machines)` : '';
  return { guard: 'max-targets', canBeConfirmed: true, why: `${plan.calls} machines would be called, and --max-targets is ${most}${of}` };
}

function exclusions({ plan: { unclear } }: GuardInput): Refusal | undefined {
  if (!unclear) return undefined;
  const why = `the exclusions cannot be judged for ${unclear.count} of the machines, the first being ${unclear.first}`;
  return { guard: 'exclusions', canBeConfirmed: false, why };
}

function unknownIds({ known }: GuardInput): Refusal | undefined {
  if (!known || !mostlyUnknown(known)) return undefined;
  const why = `${known.unknown} of ${known.asked} ids are not known to the tenant: wrong tenant or wrong column?`;
  return { guard: 'unknown-ids', canBeConfirmed: false, why };
}

function miscounted({ plan: { calls }, confirm }: GuardInput): Refusal | undefined {
  if (confirm === undefined || confirm === calls) return undefined;
  return { guard: 'confirmation', canBeConfirmed: false, why: `--confirm ${confirm} does not match: ${calls} machines would be called` };
}
