/** Errors that end a run or a command. One machine's failure is never one of them: that is a value, a row's outcome. */
import { EXIT, type ExitCode } from './exit.ts';
import type { RunOverview } from './ports.ts';

/** Something the reader of the message can mend: printed as one line, without a stack. */
export class UserError extends Error {
  override name = 'UserError';
  readonly exitCode: ExitCode;
  /** What to do next, printed on a line of its own. */
  readonly hint: string | undefined;
  constructor(message: string, options: { exitCode?: ExitCode; hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? EXIT.usage;
    this.hint = options.hint;
  }
}

/** Wrong flags or a list that cannot be read: exit 2, nothing was sent. */
export class UsageError extends UserError {
  override name = 'UsageError';
}

/** Nobody has made this state yet, and it was only to be looked at: exit 2. */
export class NoStateError extends UsageError {
  override name = 'NoStateError';
  constructor(state: string) {
    super(`there is no state ${state} yet`, { hint: 'cordon run makes one; --state names another.' });
  }
}

/** Several unfinished runs, and none was named: exit 2. Knows them, newest first. */
export class SeveralRunsError extends UsageError {
  override name = 'SeveralRunsError';
  readonly runs: readonly RunOverview[];
  constructor(runs: readonly RunOverview[]) {
    super(`${runs.length} runs are unfinished: say which one`, {
      hint: runs.map(({ id, comment }) => `cordon resume ${id}   ${comment}`).join('\n  '),
    });
    this.runs = runs;
  }
}

/** No credentials, or none that the tenant accepts: exit 8. */
export class AuthError extends UserError {
  override name = 'AuthError';
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { ...options, exitCode: EXIT.credentials });
  }
}

/** The token endpoint could not be reached or is throttled: worth trying again, unlike an AuthError. */
export class AuthUnavailableError extends Error {
  override name = 'AuthUnavailableError';
}

/** A guard refused before the first POST: exit 6. */
export class GuardError extends UserError {
  override name = 'GuardError';
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { ...options, exitCode: EXIT.guard });
  }
}

/** A plan that may not be carried out, or a run too old to resume: exit 7. */
export class PlanError extends UserError {
  override name = 'PlanError';
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { ...options, exitCode: EXIT.plan });
  }
}

/** The state cannot be read or written, so nothing may be sent: exit 1. */
export class StateError extends UserError {
  override name = 'StateError';
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { ...options, exitCode: EXIT.internal });
  }
}

/** The state's server could not be reached for as long as was waited: an outage like another, exit 5. */
export class StateUnavailableError extends StateError {
  override name = 'StateUnavailableError';
  override readonly exitCode: ExitCode = EXIT.outage;
}

/** Another process works on this run: exit 11. */
export class RunBusyError extends UserError {
  override name = 'RunBusyError';
  readonly runId: string;
  constructor(runId: string) {
    super(`run ${runId} is being worked on by another process`, {
      exitCode: EXIT.busy,
      hint: `Wait for it to end, or end it: cordon stop ${runId}. The lock is freed the moment that process is gone.`,
    });
    this.runId = runId;
  }
}

/** This process no longer holds its run's lock: it must not send anything more. */
export class LockLostError extends StateError {
  override name = 'LockLostError';
}

/** Another process has taken the run over, and goes on with it: exit 11. */
export class TakenOverError extends LockLostError {
  override name = 'TakenOverError';
  override readonly exitCode: ExitCode = EXIT.busy;
}

/** The run is stopping: what waited for its turn was not sent. */
export class StoppedError extends Error {
  override name = 'StoppedError';
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
