/** A state on PostgreSQL whose server's clock is the test's: it is set to the instant that each call speaks of. */
import type { AttemptEnd, Intent, State } from '../../src/core/ports.ts';
import type { Settlement, Window } from '../../src/core/types.ts';
import type { TestServer } from './postgres.ts';

export class ServerClock {
  readonly #server: TestServer;
  readonly #schema: string;
  /** What both clocks show, the server's and this process'. */
  now = 0;

  constructor(server: TestServer, schema: string) {
    this.#server = server;
    this.#schema = schema;
  }

  /** From now on the server asks this one. Harmless when done twice. */
  async install(): Promise<void> {
    await this.#server.query(`CREATE TABLE IF NOT EXISTS ${this.#schema}.test_clock (now bigint)`);
    await this.#server.query(
      `CREATE OR REPLACE FUNCTION ${this.#schema}.now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT now FROM ${this.#schema}.test_clock $$`,
    );
    await this.set(this.now);
  }

  async set(now: number): Promise<void> {
    this.now = now;
    await this.#server.query(`DELETE FROM ${this.#schema}.test_clock`);
    await this.#server.query(`INSERT INTO ${this.#schema}.test_clock VALUES ($1)`, [now]);
  }

  /** The state, asked at the instants that its callers name. */
  follow(state: State): State {
    const at = async <T>(now: number, work: () => Promise<T>): Promise<T> => {
      await this.set(now);
      return work();
    };
    const timed: Partial<State> = {
      beginAttempt: (intent: Intent) => at(intent.now(), () => state.beginAttempt(intent)),
      endAttempt: (attempt: number, end: AttemptEnd) => at(end.at, () => state.endAttempt(attempt, end)),
      settle: (run: string, row: number, settlement: Settlement, now: number) => at(now, () => state.settle(run, row, settlement, now)),
      ruleOut: (run: string, row: number, now: number) => at(now, () => state.ruleOut(run, row, now)),
      quotaUse: (key: string, windows: readonly Window[], now: () => number) => at(now(), () => state.quotaUse(key, windows, now)),
    };
    return new Proxy(state, {
      get: (target, name) => {
        const own: unknown = Reflect.get(timed, name);
        if (own !== undefined) return own;
        const found: unknown = Reflect.get(target, name, target);
        return typeof found === 'function' ? (...args: unknown[]): unknown => Reflect.apply(found, target, args) : found;
      },
    });
  }
}
