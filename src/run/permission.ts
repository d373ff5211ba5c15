/** What the token may do, told before anything is sent. */
import type { Job } from '../core/types.ts';
import { checkPermission, mayRead } from '../wiring/identity.ts';
import type { Session } from '../wiring/session.ts';

/** @throws AuthError (exit 8) when the token says that it lacks the job's permission */
export function requirePermission(session: Session, job: Job): void {
  checkPermission(session.granted, job);
  warnOfReads(session);
}

/** Reads are no precondition, but without them lost answers stay unknown. */
function warnOfReads({ granted, tools }: Session): void {
  if (mayRead(granted)) return;
  tools.log.warn(
    { granted },
    'the token lacks Machine.Read.All: calls whose answer is lost will stay unknown, and machine facts cannot be read',
  );
}
