/** Reads that a command cannot do without: what keeps them from being made ends it. */
import { AuthError, StoppedError, UserError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit.ts';
import type { Halt } from '../attempts/halt.ts';
import type { Walk } from './walk.ts';

/**
 * `permission`: what to grant where reading is forbidden.
 * @throws AuthError when there is no permission to read
 * @throws UserError (exit 5) when the API refuses the read for good
 */
export function orThrow(walked: Walk<unknown>, list: string, permission = 'Machine.Read.All (API "WindowsDefenderATP")'): void {
  if (walked.kind === 'forbidden')
    throw new AuthError(`no permission to read ${list}: ${walked.why}`, {
      hint: `Grant ${permission} with admin consent.`,
    });
  if (walked.kind !== 'walked') throw new UserError(`${list} cannot be read: ${walked.why}`, { exitCode: EXIT.outage });
}

/** Why reads that were stopped have stopped, as the error that ends the command. `what` was read: "tag:Tier0". */
export function stopped(error: unknown, halt: Halt, what = FACTS): unknown {
  const [reason] = halt.reasons;
  if (!(error instanceof StoppedError) || !reason) return error;
  const without = what === FACTS ? ' Reads are never a precondition: cordon run --no-facts sends without them.' : '';
  return new UserError(`${what} could not be read: ${reason.why}`, {
    exitCode: reason.code,
    hint: `Nothing was sent.${without}`,
    cause: error,
  });
}
const FACTS = 'machine facts';
