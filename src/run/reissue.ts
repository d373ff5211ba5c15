/** `resume --reissue TimeOut,…`: rows whose action ended so are called again. docs/proof-of-absence.md says why none is called twice. */
import { UserError } from '../core/errors.ts';
import { EXIT } from '../core/exit.ts';
import type { ActionStatus, Run } from '../core/types.ts';
import type { Halt } from '../engine/attempts/halt.ts';
import { openLane } from '../wiring/lanes.ts';
import type { Session } from '../wiring/session.ts';
import { lookAtActions } from './look-at-actions.ts';

/**
 * Looks how the run's actions stand, and opens the rows whose own call ended with one of these. The plan's rows (skipped
 * because an action was open) are no calls of this run, and stay. Resolves to how many there are.
 * @throws UserError (exit 5) when the actions cannot be read: nothing was sent then; StoppedError, AuthError, StateError
 */
export async function reissue(run: Run, ends: readonly ActionStatus[], session: Session, halt: Halt): Promise<number> {
  const { lane } = await openLane(session, { segment: 'machineactions' }, halt);
  try {
    const unread = await lookAtActions(run, session, lane);
    if (unread) throw new UserError(`what became of the run's actions cannot be read: ${unread.why}`, { exitCode: EXIT.outage });
  } finally {
    lane.close();
  }
  const rows: number[] = [];
  for await (const { row, outcome, actionStatus, settledAt } of session.state.rows(run.id)) {
    const isCall = settledAt !== null && (outcome === 'created' || outcome === 'already-in-progress');
    if (isCall && ends.some((end) => end === actionStatus)) rows.push(row);
  }
  return session.state.reissue(run.id, rows);
}
