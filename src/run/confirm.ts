/** Nothing is called before somebody said so: a number given beforehand, a flag, or an answer. */
import { GuardError } from '../core/errors.ts';
import type { Eta } from '../core/eta.ts';
import type { Listener } from '../core/ports.ts';
import type { Plan } from '../core/plan.ts';
import type { Job } from '../core/types.ts';
import type { Settings } from '../settings/settings.ts';

/** All that somebody must have read before they say yes. */
export interface Briefing {
  readonly job: Job;
  readonly plan: Plan;
  readonly comment: string;
  readonly tenant: string;
  readonly host: string;
  readonly eta: Eta;
  readonly now: number;
  readonly emulated: boolean;
  /** Guards that a person may overrule by answering. */
  readonly warnings: readonly string[];
}

/** What came of asking; `hint` says how to answer beforehand. */
export type Answered = { readonly yes: true } | { readonly yes: false; readonly why: string; readonly hint?: string };

/** Asks somebody. @throws what the asking was ended by */
export type Confirm = (briefing: Briefing) => Promise<Answered>;

export interface Confirmation {
  readonly calls: number;
  readonly settings: Pick<Settings, 'yes' | 'confirm'>;
  /** Made only when somebody is asked. */
  readonly briefing: () => Promise<Briefing>;
  readonly confirm: Confirm;
  readonly listener: Listener;
}

/** @throws GuardError when nobody confirms, or the number is another one than was confirmed */
export async function confirmCalls({ calls, settings, briefing, confirm, listener }: Confirmation): Promise<void> {
  if (settings.confirm !== undefined) return checkNumber(settings.confirm, calls);
  if (settings.yes || calls === 0) return;
  const asked = await briefing();
  const answer = await confirm(asked);
  listener({ kind: 'asked', confirmed: answer.yes });
  if (answer.yes) return;
  const before = asked.warnings.map((warning) => `${warning}; `).join('');
  throw new GuardError(`${before}${answer.why}`, answer);
}

function checkNumber(confirmed: number, calls: number): void {
  if (confirmed === calls) return;
  throw new GuardError(`--confirm ${confirmed} does not match: ${calls} machines would be called`, {
    hint: 'Look at the list again with cordon preview.',
  });
}
