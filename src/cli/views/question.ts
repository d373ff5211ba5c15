/** The question before anything is sent, and what is made of its answer. */
import { clockTime, describeEta } from '../../core/eta.ts';
import { namedEntries } from '../../core/guards.ts';
import type { Plan } from '../../core/plan.ts';
import { shown } from '../../core/one-line.ts';
import type { Briefing, Confirm } from '../../run/confirm.ts';
import type { Ask } from '../terminal.ts';

const NAMES = 5;

/** What somebody must have read before they type the number of machines. */
export function questionFor({ job, plan, tenant, host, eta, now, emulated, warnings }: Briefing): string {
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

/** Asks with `ask` for the number of machines; anything else is a no. */
export function confirmBy(ask: Ask): Confirm {
  return async (briefing) => {
    const { calls } = briefing.plan;
    const answer = await ask(`${questionFor(briefing)}\nType the number of machines to go on, anything else to stop: `);
    if (answer === undefined)
      return {
        yes: false,
        why: 'nobody confirmed: there is no terminal to ask on',
        hint: `Use --confirm ${calls} (best), --yes, or a plan from cordon preview --out.`,
      };
    if (answer.trim() === String(calls)) return { yes: true };
    return { yes: false, why: `not confirmed: "${answer.trim()}" is not ${calls}; nothing was sent` };
  };
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
