/** Tells a token that ran out (a newer one helps) from an account that no token helps. */
import type { Bearer } from '../../core/ports.ts';

export class Refusals {
  readonly #used = new Set<string>();
  readonly #gotAfter = new Set<string>();
  #refused = false;

  /** A request is about to be made with this token. */
  using({ token }: Bearer): void {
    if (this.#refused && !this.#used.has(token)) this.#gotAfter.add(token);
    this.#used.add(token);
  }

  /** The API answered something that it only tells those it knows. */
  accepted(): void {
    this.#refused = false;
    this.#gotAfter.clear();
  }

  /**
   * A 401. True when this token was got after another 401, and no token was accepted since: whatever its text, a newer one
   * will not help ("Account mode is inactive").
   */
  isFinal({ token }: Bearer): boolean {
    this.#refused = true;
    return this.#gotAfter.has(token);
  }
}
