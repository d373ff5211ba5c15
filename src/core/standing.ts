/** What an open row is called, from what its attempts came to: a row that was sent is never called `not-sent`. Pure. */
import type { Outcome } from './types.ts';

/**
 * How the attempts of a row stand. `doubt`: some attempt's effect is not known; else what the last attempt came to that
 * the API looked at: `look` (told "already in progress") or `sent` (surely without effect), `ended` (its action ended, and the row
 * is to be called again); `none`: there is no such attempt.
 */
export type Standing = 'doubt' | 'look' | 'sent' | 'ended' | 'none';

/** Whether the effect of an attempt with this verdict (null: its answer is out) is not known. */
export function isInDoubt(verdict: string | null): boolean {
  return verdict === null || verdict === 'ambiguous' || verdict === 'accepted';
}

/** Verdicts as they are recorded; null while the answer is out, `ruled-out` once a list proved the attempt's absence. */
export function standingOf(verdicts: Iterable<string | null>): Standing {
  let standing: Standing = 'none';
  for (const verdict of verdicts) {
    if (isInDoubt(verdict)) return 'doubt';
    if (verdict === 'look') standing = 'look';
    else if (verdict === 'superseded') standing = 'ended';
    else if (verdict !== 'not-sent' && verdict !== 'turned-away') standing = 'sent';
  }
  return standing;
}

const OPEN: Readonly<Record<Standing, { readonly outcome: Outcome; readonly message: string | null }>> = {
  doubt: { outcome: 'unknown', message: 'sent, and what came of it is not known yet: cordon resume finds out, and sends nothing before' },
  look: { outcome: 'already-in-progress', message: 'the API says so; whose action it is was not looked up yet: cordon resume does' },
  sent: { outcome: 'unknown', message: 'sent without effect, and not sent again yet: cordon resume does' },
  ended: { outcome: 'unknown', message: 'its action ended, and it was not called again yet: cordon resume does' },
  none: { outcome: 'not-sent', message: null },
};

/** Outcome and message of a row that is not settled. */
export function openRow(standing: Standing): { readonly outcome: Outcome; readonly message: string | null } {
  return OPEN[standing];
}
