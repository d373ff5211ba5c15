/** Guards look at the set, before the first POST; facts about one machine decide its row only, never here. Pure. */
import { formatDuration } from './durations.ts';
import type { Exclusion } from './exclusion-entry.ts';
import type { Plan } from './plan.ts';
import type { JobCalls } from './types.ts';

/** `--cap N/D`: at most `count` calls of the job in any `ms` milliseconds. */
export interface Cap {
  readonly count: number;
  readonly ms: number;
}

export interface GuardInput {
  readonly plan: Pick<Plan, 'calls' | 'unclear'> & Partial<Pick<Plan, 'size' | 'outcomes' | 'unmatched' | 'unmatchedIn'>>;
  readonly limit: { readonly count: number } | { readonly percent: number };
  /** Nobody chose the limit: then a right `--confirm` answers it too. */
  readonly limitIsDefault?: boolean | undefined;
  /** Onboarded machines of the tenant, where they were counted. */
  readonly onboarded?: number | undefined;
  /** Machines that were asked for, and how many of those the tenant does not know. */
  readonly known?: { readonly asked: number; readonly unknown: number } | undefined;
  /** `--confirm`: exactly so many machines are to be called. */
  readonly confirm?: number | undefined;
  /** Exclusion files that hold no entry. */
  readonly emptyFiles?: readonly string[] | undefined;
  readonly allowUnmatchedExclusions?: boolean | undefined;
  /** `--cap`, and what the state counts in its time. */
  readonly cap?: (Cap & JobCalls) | undefined;
}

export const GUARDS = ['invalid', 'max-targets', 'cap', 'exclusions', 'unmatched-exclusions', 'unknown-ids', 'confirmation'] as const;

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
  const judged = [nothingValid, tooMany, overTheCap, exclusions, unmatched, unknownIds, miscounted];
  return judged.map((one) => one(input)).filter((refusal) => refusal !== undefined);
}

/** Those that nobody is there, or allowed, to overrule. */
export function finalOf(refusals: readonly Refusal[], canAsk: boolean): readonly Refusal[] {
  return refusals.filter(({ canBeConfirmed }) => !(canBeConfirmed && canAsk));
}

/** How a refusal is answered by somebody who has looked and means it. */
const ANSWERS: Readonly<Partial<Record<Refusal['guard'], string>>> = {
  'max-targets': 'Raise --max-targets if the list is right.',
  cap: 'Wait, or raise --cap.',
  exclusions: 'Exclude by machine id, or take those machines off the list.',
  'unmatched-exclusions': 'Mend the exclusions, or say --allow-unmatched-exclusions if they may match nothing.',
  confirmation: 'Look again at the list, and --confirm the number that is there.',
};

/** What next, where these refusals stand. Another number to confirm may answer the limit too: nobody is told to raise it before that. */
export function answersTo(refusals: readonly Refusal[]): string {
  const isMiscounted = refusals.some((refusal) => refusal.guard === 'confirmation');
  const open = refusals.filter((refusal) => !(isMiscounted && refusal.guard === 'max-targets'));
  return open.flatMap((refusal) => ANSWERS[refusal.guard] ?? []).join(' ');
}

/** Whether so many unknown ids mean another tenant or another column rather than a few stale records. */
export function mostlyUnknown({ asked, unknown }: { readonly asked: number; readonly unknown: number }): boolean {
  return unknown >= FEW && unknown > asked * UNKNOWN_SHARE;
}

/** Of a list that names no machine at all it cannot be said that nothing stands against it; one or two odd rows are no list. */
function nothingValid({ plan: { size = 0, outcomes = {} } }: GuardInput): Refusal | undefined {
  if (size < FEW || outcomes.invalid !== size) return undefined;
  const why = `none of the ${size} rows names a machine that can be called: wrong column, wrong tenant or no list of machines?`;
  return { guard: 'invalid', canBeConfirmed: false, why };
}

function tooMany({ plan, limit, limitIsDefault, onboarded, confirm }: GuardInput): Refusal | undefined {
  if ('percent' in limit && onboarded === undefined)
    return { guard: 'max-targets', canBeConfirmed: false, why: '--max-targets is a share, and the onboarded machines were not counted' };
  const most = 'count' in limit ? limit.count : Math.floor((limit.percent / 100) * (onboarded ?? 0));
  if (plan.calls <= most || (limitIsDefault && confirm === plan.calls)) return undefined;
  const of = 'percent' in limit ? ` (${limit.percent}% of ${onboarded} onboarded machines)` : '';
  return { guard: 'max-targets', canBeConfirmed: true, why: `${plan.calls} machines would be called, and --max-targets is ${most}${of}` };
}

function overTheCap({ plan: { calls }, cap }: GuardInput): Refusal | undefined {
  if (!cap || calls === 0 || calls + cap.sent + cap.open <= cap.count) return undefined;
  const time = formatDuration(cap.ms);
  const open = cap.open > 0 ? ` and ${cap.open} still to come in unfinished runs` : '';
  const why = `--cap allows ${cap.count} calls in ${time}: this would be ${calls} more after ${cap.sent} sent${open}`;
  return { guard: 'cap', canBeConfirmed: false, why };
}

function exclusions({ plan: { unclear } }: GuardInput): Refusal | undefined {
  if (!unclear) return undefined;
  const why = `the exclusions cannot be judged for ${unclear.count} of the machines, the first being ${unclear.first}`;
  return { guard: 'exclusions', canBeConfirmed: false, why };
}

const SHOWN = 5;

/** Where nothing was read, it is not known whether the tenant has what no row of the list is. */
function unmatched({ plan, emptyFiles = [], allowUnmatchedExclusions }: GuardInput): Refusal | undefined {
  const entries = plan.unmatchedIn === 'tenant' ? (plan.unmatched ?? []) : [];
  if (allowUnmatchedExclusions || entries.length + emptyFiles.length === 0) return undefined;
  const why = [
    entries.length > 0 ? `exclusions that match no machine of the tenant: ${namedEntries(entries)}` : '',
    emptyFiles.length > 0 ? `exclusion files without an entry: ${emptyFiles.join(', ')}` : '',
  ];
  return { guard: 'unmatched-exclusions', canBeConfirmed: true, why: why.filter((part) => part !== '').join('; ') };
}

/** `"dc02" (spare.txt:5)`, five at most. */
export function namedEntries(entries: readonly Exclusion[]): string {
  const first = entries.slice(0, SHOWN).map(({ written, file, line }) => `"${written}" (${file}:${line})`);
  return `${first.join(', ')}${entries.length > SHOWN ? ` and ${entries.length - SHOWN} more` : ''}`;
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
