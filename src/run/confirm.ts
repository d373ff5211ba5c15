/** Nothing is called before somebody said so: a number given beforehand, a flag, or an answer. */
import type { Briefing } from '../core/briefing.ts';
import type { WaveBriefing } from '../core/waves.ts';
import { GuardError } from '../core/errors.ts';
import type { Listener } from '../core/ports.ts';
import type { Job } from '../core/types.ts';
import type { Settings } from '../settings/settings.ts';

/** What came of asking; `hint` says how to answer beforehand. */
export type Answered = { readonly yes: true } | { readonly yes: false; readonly why: string; readonly hint?: string };

/** Asks somebody. @throws what the asking was ended by */
export type Confirm = (briefing: Briefing) => Promise<Answered>;

/** Asks somebody whether the next wave may go out. @throws what the asking was ended by */
export type ConfirmWave = (briefing: WaveBriefing) => Promise<Answered>;

export interface Confirmation {
  readonly job: Pick<Job, 'confirmWord'>;
  readonly calls: number;
  readonly settings: Pick<Settings, 'yes' | 'confirm'>;
  /** Made only when somebody is asked. */
  readonly briefing: () => Promise<Briefing>;
  readonly confirm: Confirm;
  readonly listener: Listener;
}

/** @throws GuardError when nobody confirms, or the number is another one than was confirmed */
export async function confirmCalls({ job, calls, settings, briefing, confirm, listener }: Confirmation): Promise<void> {
  if (settings.confirm !== undefined) checkNumber(settings.confirm, calls);
  // What cannot be taken back is asked about by its word, whatever flags say.
  const isAnswered = settings.yes || settings.confirm !== undefined;
  if (calls === 0 || (isAnswered && job.confirmWord === undefined)) return;
  const asked = await briefing();
  const answer = await confirm(asked);
  listener({ kind: 'asked', confirmed: answer.yes });
  if (answer.yes) return;
  const before = asked.asked.map((guard) => `${guard}; `).join('');
  throw new GuardError(`${before}${answer.why}`, answer);
}

function checkNumber(confirmed: number, calls: number): void {
  if (confirmed === calls) return;
  throw new GuardError(`--confirm ${confirmed} does not match: ${calls} machines would be called`, {
    hint: 'Look at the list again with cordon preview.',
  });
}
