/** When a run has gone so wrong that going on would do harm: too many errors, or no permission at all. */
import { EXIT } from '../../core/exit.ts';
import { isError } from '../../core/judge.ts';
import type { Limit } from '../../core/limit.ts';
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

export class StopRules {
  readonly #halt: Halt;
  readonly #allowed: number;
  #errors = 0;
  #settled = 0;
  readonly #forbidden: number[] = [];

  constructor(halt: Halt, allowed: number) {
    this.#halt = halt;
    this.#allowed = allowed;
  }

  /** Told of every settled row. Answers the rows that are to be open again, because the permission is missing. */
  settled(row: number, settlement: Settlement): readonly number[] {
    if (this.#settled < FIRST && settlement.outcome === 'refused' && settlement.httpStatus === 403) this.#forbidden.push(row);
    this.#settled += 1;
    if (this.#settled === FIRST && this.#forbidden.length === FIRST) {
      this.#halt.stop(
        EXIT.credentials,
        `the first ${FIRST} calls were all forbidden: ${settlement.message ?? settlement.errorCode ?? 'HTTP 403'}`,
      );
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
