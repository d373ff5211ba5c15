/** What can go wrong with a server: gone for a while, lost to another holder, or something a person has to mend. */
import { messageOf, TakenOverError, StateError, StateUnavailableError, UsageError, UserError } from '../../core/errors.ts';

/** Raised by the state's own functions: the run's epoch is not the caller's. */
const FENCED = 'CL001';
/** Raised by the state's own functions: there is no such run or attempt. */
const MISSING = 'CL002';

/** SQLSTATEs after which the same may succeed a moment later: connection, shutdown, too many clients, a standby, a deadlock. */
const PASSING = /^(08...|57P0[1235]|53300|25006|40001|40P01)$/;
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  // A Unix socket while its server is down.
  'ENOENT',
]);
/** pg says these in words only. */
const WORDS =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|not queryable|connection timeout|socket hang up/i;

/** Whether the server may answer again if it is asked again: nothing is known of what the last statement did. */
export function isPassing(error: unknown): boolean {
  if (error instanceof UserError) return false;
  const code = codeOf(error);
  if (error instanceof AggregateError) return error.errors.some(isPassing);
  return PASSING.test(code) || NETWORK.has(code) || WORDS.test(messageOf(error));
}

/** SQLSTATEs that people can do something about. */
const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/^28/, 'The user or the password is not accepted: PGPASSWORD or PGPASSFILE gives the password.'],
  [/^3D000/, 'Create the database first, or name another.'],
  [/^42501/, 'The user must own the schema, or be allowed to create it.'],
  [/^53100/, 'The server’s disk is full: make room, then resume.'],
  [/^53/, 'The server has not enough resources.'],
];
/** Refused at the door: no state was opened, so this is about how the command was written. */
const AT_THE_DOOR = /^(28|3D000)/;

/** Any error of the server or the way there as one of ours, naming the state; errors of ours stay as they are. */
export function asServerError(error: unknown, shown: string): Error {
  if (error instanceof UserError) return error;
  const code = noPassword(error) ? '28P01' : codeOf(error);
  const what = `the state ${shown} cannot be used: ${describe(error)}`;
  if (code === FENCED) return new TakenOverError(messageOf(error), { cause: error });
  if (code === MISSING) return new StateError(messageOf(error), { cause: error });
  if (isPassing(error)) return new StateUnavailableError(what, { cause: error });
  const hint = HINTS.find(([pattern]) => pattern.test(code))?.[1] ?? tlsHint(error);
  const options = { ...(hint && { hint }), cause: error };
  return AT_THE_DOOR.test(code) ? new UsageError(what, options) : new StateError(what, options);
}

/** pg refuses by itself, in words of its own, to log in without a password. */
function noPassword(error: unknown): boolean {
  return /client password must be/.test(messageOf(error));
}

function describe(error: unknown): string {
  const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [];
  return messageOf(error) || messageOf(first ?? codeOf(error));
}

function tlsHint(error: unknown): string | undefined {
  if (/does not support SSL/i.test(messageOf(error)))
    return 'The server has no TLS. In a network that is private, say so: ?sslmode=disable.';
  if (/^(CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(codeOf(error)))
    return 'The server’s certificate does not verify: ?sslrootcert=FILE names the authority that signed it.';
  return undefined;
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
