import { namedEntries } from '../../core/guards.ts';
import { clockTime, describeEta, type Eta } from '../../core/eta.ts';
import type { Plan } from '../../core/plan.ts';
import type { Job } from '../../core/types.ts';
import { shown } from '../../core/one-line.ts';

export interface QuestionInput {
  readonly job: Job;
  readonly plan: Plan;
  readonly tenant: string;
  readonly host: string;
  readonly eta: Eta;
  readonly now: number;
  readonly emulated: boolean;
  /** Guards that a person may overrule by answering. */
  readonly warnings: readonly string[];
}

const NAMES = 5;

/** What somebody must have read before they type the number of machines. */
export function questionFor({ job, plan, tenant, host, eta, now, emulated, warnings }: QuestionInput): string {
  const lines = [
    `${emulated ? 'EMULATED: ' : ''}About to ${job.title} on ${counted(plan.calls, 'machine')}`,
    `  tenant    ${tenant || 'as the token says'} (${host})`,
    `  machines  ${firstNames(plan).join(', ')}${plan.calls > NAMES ? ', …' : ''}`,
    `  systems   ${platformsText(plan)}`,
    `  left out  ${counted(plan.size - plan.calls, 'row')}, ${plan.outcomes.excluded ?? 0} of them excluded`,
    `  when      ${describeEta(eta, now)} (now ${clockTime(now, now)})`,
    ...warnings.map((warning) => `  WARNING   ${shown(warning)}`),
  ];
  return lines.filter((line) => !line.endsWith('systems   ')).join('\n');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function firstNames({ rows }: Plan): string[] {
  const names: string[] = [];
  for (const { skip, deviceName, machineId } of rows) {
    if (skip === undefined) names.push(shown(deviceName || machineId));
    if (names.length === NAMES) break;
  }
  return names;
}

/** "40 Windows11, 7 Windows10"; '' where no facts were read. */
export function platformsText({ platforms }: Pick<Plan, 'platforms'>): string {
  return Object.entries(platforms)
    .map(([name, count]) => `${count} ${shown(name)}`)
    .join(', ');
}

/** Exclusions that match nothing: shown, because one of them may be a typo that leaves a machine unprotected. */
export function strays({ unmatched, unmatchedIn }: Pick<Plan, 'unmatched' | 'unmatchedIn'>): string[] {
  if (unmatched.length === 0) return [];
  const what = unmatchedIn === 'tenant' ? 'machine of the tenant' : 'row';
  return [shown(`exclusions that match no ${what}: ${namedEntries(unmatched)}`)];
}
