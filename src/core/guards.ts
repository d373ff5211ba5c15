/** Guards look at the set, before the first POST; facts about one machine decide its row only, never here. Pure. */
import type { Plan } from './plan.ts';

export interface GuardInput {
  readonly plan: Plan;
  readonly limit: { readonly count: number } | { readonly percent: number };
  /** Onboarded machines of the tenant, where they were counted. */
  readonly onboarded?: number;
  /** Rows that facts were read for, and how many of those the tenant does not know. */
  readonly known?: { readonly asked: number; readonly unknown: number };
  /** Exclusions that could not be evaluated for every row, and why. */
  readonly exclusionProblem?: string;
}

export interface Refusal {
  readonly guard: 'max-targets' | 'exclusions' | 'unknown-ids';
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
  return [tooMany(input), exclusions(input), unknownIds(input)].filter((refusal) => refusal !== undefined);
}

function tooMany({ plan, limit, onboarded }: GuardInput): Refusal | undefined {
  if ('percent' in limit && onboarded === undefined)
    return { guard: 'max-targets', canBeConfirmed: false, why: '--max-targets is a share, and the onboarded machines could not be counted' };
  const most = 'count' in limit ? limit.count : Math.floor((limit.percent / 100) * (onboarded ?? 0));
  if (plan.calls <= most) return undefined;
  const of = 'percent' in limit ? ` (${limit.percent}% of ${onboarded} onboarded machines)` : '';
  return { guard: 'max-targets', canBeConfirmed: true, why: `${plan.calls} machines would be called, and --max-targets is ${most}${of}` };
}

function exclusions({ exclusionProblem }: GuardInput): Refusal | undefined {
  return exclusionProblem === undefined ? undefined : { guard: 'exclusions', canBeConfirmed: false, why: exclusionProblem };
}

function unknownIds({ known }: GuardInput): Refusal | undefined {
  if (!known || known.unknown < FEW || known.unknown <= known.asked * UNKNOWN_SHARE) return undefined;
  const why = `${known.unknown} of ${known.asked} ids are not known to the tenant: wrong tenant or wrong column?`;
  return { guard: 'unknown-ids', canBeConfirmed: false, why };
}
