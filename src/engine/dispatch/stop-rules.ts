/** When a run has gone so wrong that going on would do harm: too many errors, no permission at all, an API that drops our tag. */
import { EXIT } from '../../core/exit.ts';
import type { Limit } from '../../core/limit.ts';
import { ABOUT_A_GROUP } from '../../core/judge.ts';
import { isError } from '../../core/row-errors.ts';
import type { Settlement } from '../../core/types.ts';
import type { Halt } from '../attempts/halt.ts';

/** A share of the calls is never fewer errors than this. */
const AT_LEAST = 5;

/** `--max-errors`: how many errors a run of so many calls may have; one more stops it. */
export function allowedErrors(budget: Limit, calls: number): number {
  return 'count' in budget ? budget.count : Math.max(AT_LEAST, Math.floor((budget.percent / 100) * calls));
}

/** If all of the first calls are forbidden, all the others would be too. */
const FIRST = 5;
/** So many accepted without our tag, and none with it: chance is out of the question. */
const UNTAGGED = 3;

export class StopRules {
  readonly #halt: Halt;
  readonly #allowed: number;
  #hasSucceeded: boolean;
  #errors = 0;
  #settled = 0;
  #untagged = 0;
  #tagged = 0;
  readonly #forbidden: number[] = [];

  /** `hasSucceeded`: some call of the run did, in an earlier process: then nothing that is forbidden is forbidden to all. */
  constructor(halt: Halt, allowed: number, hasSucceeded = false) {
    this.#halt = halt;
    this.#allowed = allowed;
    this.#hasSucceeded = hasSucceeded;
  }

  /** A 403 that names a missing permission. True when it stops the run: the row was not refused, it was never really asked for. */
  permissionIsMissing(message: string): boolean {
    if (this.#hasSucceeded) return false;
    this.#halt.stop(EXIT.credentials, message);
    return true;
  }

  /** A 2xx came with an action, with our tag or perhaps ours without it. */
  accepted(isTagged: boolean): void {
    if (isTagged) this.#tagged += 1;
    else this.#untagged += 1;
    if (this.#untagged >= UNTAGGED && this.#tagged === 0)
      this.#halt.stop(
        EXIT.budget,
        `the API accepted ${this.#untagged} calls and kept our tag in none of their comments: nothing can be shown to be sent exactly once`,
      );
  }

  /** Told of every settled row. Answers the rows that are to be open again, because the permission is missing. */
  settled(row: number, settlement: Settlement): readonly number[] {
    const { outcome, httpStatus, errorCode } = settlement;
    this.#hasSucceeded ||= outcome === 'created' || outcome === 'already-in-progress';
    if (this.#settled < FIRST && outcome === 'refused' && httpStatus === 403 && errorCode !== ABOUT_A_GROUP) this.#forbidden.push(row);
    this.#settled += 1;
    if (this.#settled === FIRST && this.#forbidden.length === FIRST && !this.#hasSucceeded) {
      this.#halt.stop(EXIT.credentials, `the first ${FIRST} calls were all forbidden: ${settlement.message ?? errorCode ?? 'HTTP 403'}`);
      return this.#forbidden;
    }
    this.#count(settlement);
    return [];
  }

  #count(settlement: Settlement): void {
    if (isError(settlement)) this.#errors += 1;
    if (this.#errors > this.#allowed)
      this.#halt.stop(EXIT.budget, `${this.#errors} errors, more than the ${this.#allowed} that --max-errors allows`);
  }
}
