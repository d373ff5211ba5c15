/** Opening the shared state. `pg` is loaded here and only when asked for. */
import { parseAddress, type Address } from './address.ts';
import { openDatabase } from './database.ts';
import { Locks } from './locks.ts';
import { migrate, mustBeThere } from './migrate.ts';
import { passwordFor } from './password.ts';
import { PostgresState } from './state.ts';
import { statementsOf } from './statements.ts';

export { isPostgres } from './address.ts';

export interface PostgresOptions {
  /** Whether emulated runs are kept here. A schema is one or the other for ever; undefined takes either. */
  readonly emulated: boolean | undefined;
  /** To look on only: nothing is created or brought up to date. */
  readonly readOnly?: boolean;
  /** PGPASSWORD and the other words that psql knows. */
  readonly env: NodeJS.ProcessEnv;
  /** How long a server that went away is waited for before the state counts as unavailable, ms. Default: 60 s. */
  readonly patienceMs?: number;
  /** How long it is waited for at the beginning, when the address may simply be wrong. Default: 15 s. */
  readonly openPatienceMs?: number;
  /** This process' clocks, for tests: the wall's, and one that only goes forward. Ms. */
  readonly localNow?: () => number;
  readonly mono?: () => number;
}

const PATIENCE_MS = 60_000;
const OPEN_PATIENCE_MS = 15_000;

/**
 * Opens or creates the state on a server: `postgres://USER@HOST/DATABASE`, tables in a schema of their own.
 * @throws NoStateError where there is none, and it is only to be looked at
 * @throws UsageError when the address is wrong, the login is refused, or the schema is another program's, newer, or of the other kind
 * @throws StateUnavailableError (exit 5) when the server does not answer; StateError
 */
export async function openPostgres(address: string, options: PostgresOptions): Promise<PostgresState> {
  const { emulated, env, patienceMs = PATIENCE_MS, openPatienceMs = OPEN_PATIENCE_MS, localNow = Date.now } = options;
  const { mono = () => performance.now() } = options;
  const parsed = parseAddress(address, env);
  const { database, connect } = await openDatabase(parsed, env, patienceMs);
  try {
    if (options.readOnly) await mustBeThere(database, parsed, openPatienceMs);
    else await migrate(database, parsed.schema, emulated, openPatienceMs);
    const statements = statementsOf(parsed.schema);
    const [found] = await database.rows('SELECT hashtext($1) AS class', `cordon ${parsed.schema}`);
    const lockClass = Number(found?.['class']);
    const locks = new Locks({ database, statements, lockClass, connect });
    return new PostgresState({ database, statements, locks, lockClass, localNow, mono });
  } catch (error) {
    await database.close();
    throw error;
  }
}

/**
 * The same server for the fleet's queue, which makes its own connections.
 * @throws UsageError when the address is wrong
 */
export function connectionTo(
  address: string,
  env: NodeJS.ProcessEnv,
): Omit<Address, 'tls' | 'shown'> & { ssl: Address['tls']; password: () => string } {
  const parsed = parseAddress(address, env);
  const { host, port, user, database, schema, tls } = parsed;
  return { host, port, user, database, schema, ssl: tls, password: () => passwordFor(parsed, env) ?? '' };
}
