import { clockTime, describeEta, type Eta } from '../core/eta.ts';
import type { Plan } from '../core/plan.ts';
import type { Job } from '../core/types.ts';

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
  /** Machines per operating system, where facts were read. */
  readonly platforms?: Readonly<Record<string, number>>;
}

const NAMES = 5;

/** What somebody must have read before they type the number of machines. */
export function questionFor({ job, plan, tenant, host, eta, now, emulated, warnings, platforms }: QuestionInput): string {
  const calls = plan.rows.filter(({ skip }) => skip === undefined);
  const names = calls.slice(0, NAMES).map(({ deviceName, machineId }) => deviceName || machineId);
  const excluded = plan.rows.filter(({ skip }) => skip === 'excluded').length;
  const groups = Object.entries(platforms ?? {}).map(([name, count]) => `${count} ${name}`);
  const lines = [
    `${emulated ? 'EMULATED: ' : ''}About to ${job.title} on ${plan.calls} machine${plan.calls === 1 ? '' : 's'}`,
    `  tenant    ${tenant || 'as the token says'} (${host})`,
    `  machines  ${names.join(', ')}${calls.length > NAMES ? ', …' : ''}`,
    groups.length > 0 ? `  systems   ${groups.join(', ')}` : '',
    `  left out  ${plan.rows.length - plan.calls} rows, ${excluded} of them excluded`,
    `  when      ${describeEta(eta, now)} (now ${clockTime(now, now)})`,
    ...warnings.map((warning) => `  WARNING   ${warning}`),
  ];
  return lines.filter((line) => line !== '').join('\n');
}
