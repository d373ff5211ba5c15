/** Why a run stops before its last call, and the signal that tells everybody. */
import type { ExitCode } from '../../core/exit.ts';

export interface HaltReason {
  readonly code: ExitCode;
  /** For people: what happened. */
  readonly why: string;
}

export class Halt {
  readonly #sending = new AbortController();
  readonly #answers = new AbortController();
  readonly #reasons: HaltReason[] = [];

  /** Aborted as soon as nothing more may be sent. */
  get signal(): AbortSignal {
    return this.#sending.signal;
  }

  /** Aborted when even answers that are on their way are no longer waited for. */
  get answersSignal(): AbortSignal {
    return this.#answers.signal;
  }

  get stopped(): boolean {
    return this.#sending.signal.aborted;
  }

  /** Every reason given, the first one first; a reason that was given already is not repeated. */
  get reasons(): readonly HaltReason[] {
    return this.#reasons;
  }

  /** Nothing more is sent from here on; attempts under way go on to their answers. */
  stop(code: ExitCode, why: string): void {
    if (!this.#reasons.some((reason) => reason.code === code)) this.#reasons.push({ code, why });
    this.#sending.abort();
  }

  /** Attempts under way are given up: what they did is to be found out by a resume. */
  abandonAnswers(): void {
    this.#answers.abort();
  }
}
