/** What somebody must have read before they type the number of machines: as data, to be shown by a terminal or a page. Pure. */
import { clockTime, describeEta, type Eta } from './eta.ts';
import { describeCounts } from './summary.ts';
import type { Exclusion } from './exclusion-entry.ts';
import type { Refusal } from './guards.ts';
import { WARNINGS, type WarningKind } from './plan-warnings.ts';
import type { Plan } from './plan.ts';
import { risksOf } from './job-words.ts';
import { OUTCOMES, type Job, type Outcome, type Parameters } from './types.ts';

export interface BriefingInput {
  readonly job: Job;
  readonly plan: Plan;
  readonly comment: string | undefined;
  /** '' when it is not known. */
  readonly tenant: string;
  readonly host: string;
  readonly eta: Eta;
  /** Ms since the epoch. */
  readonly now: number;
  readonly emulated: boolean;
  /** What stands against the plan and can be answered by typing the number. */
  readonly refusals: readonly Refusal[];
  /** The job's own flags, as they will be sent. */
  readonly parameters?: Parameters;
  /** What else should be known: where the list came from, what could not be read. */
  readonly notes?: readonly string[];
}

/** Some of many: what is shown, and how many more there are. */
export interface Some {
  readonly first: readonly string[];
  readonly more: number;
}

export interface Briefing {
  readonly emulated: boolean;
  /** "restrict app execution" */
  readonly action: string;
  readonly machines: number;
  /** What has to be typed: the number of machines, or the word of a job that nothing takes back. */
  readonly toType: string;
  /** "isolation-type full" */
  readonly parameters: readonly string[];
  /** What can go wrong with this action, whatever the machine. */
  readonly risks: readonly string[];
  /** Where the list came from, and what could not be read. */
  readonly notes: readonly string[];
  /** What people at the machines notice; undefined where nothing is known of it. */
  readonly noticed: string;
  /** How to take it back. */
  readonly undo: string;
  readonly comment: string | undefined;
  readonly tenant: string;
  readonly host: string;
  /** Names (ids where there are none) of the machines that are called first. */
  readonly names: Some;
  /** Operating systems of the machines to be called, most first; empty where no facts were read. */
  readonly systems: readonly (readonly [system: string, machines: number])[];
  /** Names of the machines that the exclusions spare. */
  readonly excluded: Some;
  /** Rows that are not called, excluded ones among them, by the reason. */
  readonly leftOut: readonly (readonly [outcome: Outcome, rows: number])[];
  /** Exclusions that match nothing: one of them may be a typo that leaves a machine unprotected. */
  readonly unmatched: { readonly in: Plan['unmatchedIn']; readonly entries: readonly Exclusion[] };
  /** "184 inactive: would wait up to three days, then time out" */
  readonly warnings: readonly string[];
  /** Guards that typing the number answers. */
  readonly asked: readonly string[];
  /** "100 now, 1400 by 12:14, the last at 13:00" */
  readonly when: string;
  /** "12:00", local. */
  readonly time: string;
}

/** So many names tell whether it is the right list. */
const NAMES = 5;
/** Who is spared is looked at more closely. */
const EXCLUDED = 10;

/** What is to be known before the plan is carried out. */
export function briefingOf(input: BriefingInput): Briefing {
  const { job, plan, comment, tenant, host, eta, now, emulated, refusals, parameters = {}, notes = [] } = input;
  const { called, excluded } = namesIn(plan);
  return {
    emulated,
    action: job.title,
    machines: plan.calls,
    toType: job.confirmWord ?? String(plan.calls),
    parameters: Object.entries(parameters).map(([name, value]) => `${name} ${value}`),
    risks: risksOf(job, parameters),
    notes,
    noticed: job.notice,
    undo: undoOf(job),
    comment,
    tenant,
    host,
    names: { first: called, more: plan.calls - called.length },
    systems: Object.entries(plan.platforms).map(([system, machines = 0]) => [system, machines] as const),
    excluded: { first: excluded, more: (plan.outcomes.excluded ?? 0) - excluded.length },
    leftOut: leftOutOf(plan),
    unmatched: { in: plan.unmatchedIn, entries: plan.unmatched },
    warnings: warningLines(plan),
    asked: refusals.map(({ why }) => why),
    when: describeEta(eta, now),
    time: clockTime(now, now),
  };
}

/** What is said where no guard refuses: not that nothing stands against it when there is nothing to be done. */
export function nothingAgainst({ size, calls, outcomes }: Pick<Plan, 'size' | 'calls' | 'outcomes'>): string {
  if (calls > 0) return 'nothing stands against it';
  return size === 0 ? 'nothing to call: the list is empty' : `nothing to call: ${describeCounts(outcomes)}`;
}

/** The warnings of a plan by reason, most first. */
function warningLines({ warnings }: Pick<Plan, 'warnings'>): string[] {
  return Object.entries(warnings).map(([kind, count]) => `${count} ${isKind(kind) ? WARNINGS[kind] : kind}`);
}

function isKind(kind: string): kind is WarningKind {
  return kind in WARNINGS;
}

function undoOf({ inverse, undo }: Job): string {
  return inverse === undefined ? undo : `cordon undo RUN (${inverse}, on exactly the machines that this run reached)`;
}

function leftOutOf({ outcomes }: Plan): (readonly [Outcome, number])[] {
  return OUTCOMES.filter((outcome) => outcome !== 'planned' && outcomes[outcome]).map((outcome) => [outcome, outcomes[outcome] ?? 0]);
}

function namesIn({ rows, calls, outcomes }: Plan): { called: string[]; excluded: string[] } {
  const wanted = { called: Math.min(NAMES, calls), excluded: Math.min(EXCLUDED, outcomes.excluded ?? 0) };
  const [called, excluded]: [string[], string[]] = [[], []];
  let [found, place] = [0, 0];
  for (const { skip, deviceName, machineId, position } of rows) {
    if (found >= wanted.called && excluded.length >= wanted.excluded) break;
    const name = deviceName || machineId;
    if (skip === undefined) {
      const at = position ?? (place += 1);
      if (at <= wanted.called) [called[at - 1], found] = [name, found + 1];
    }
    if (skip === 'excluded' && excluded.length < wanted.excluded) excluded.push(name);
  }
  return { called, excluded };
}
