/** The schema at its newest version, whoever gets there first. */
import { NoStateError, UsageError } from '../../core/errors.ts';
import type { Address } from './address.ts';
import { ask, type Client, type Database } from './database.ts';
import { MIGRATIONS } from './schema.ts';

/** Any number: what two processes that migrate at the same time wait for each other with. */
const MIGRATION_LOCK = 0x636f7264;

/**
 * Creates or updates the tables, in one transaction; of several processes one does, and the others wait for it.
 * @param emulated which runs are kept here, for ever; undefined takes either kind
 * @throws UsageError when the schema is another program's, of a newer version, or of the other kind
 */
export async function migrate(database: Database, schema: string, emulated: boolean | undefined, patienceMs: number): Promise<void> {
  await database.run(
    async (client) => {
      if ((await versionOf(client, schema)) !== MIGRATIONS.length) await bringUp(client, schema);
      await checkKind(client, schema, emulated);
    },
    { patienceMs },
  );
}

/**
 * Looks only. @throws NoStateError where there is no state yet; UsageError where it is of another version
 */
export async function mustBeThere(
  database: Database,
  { schema, shown }: Pick<Address, 'schema' | 'shown'>,
  patienceMs: number,
): Promise<void> {
  const version = await database.run((client) => versionOf(client, schema), { patienceMs });
  if (version === MIGRATIONS.length) return;
  if (version === 0) throw new NoStateError(shown);
  throw new UsageError(`the schema ${schema} is of version ${version}, and this cordon reads ${MIGRATIONS.length}`, {
    hint: version < MIGRATIONS.length ? 'Any command that writes to it brings it up to date.' : 'Use that newer version.',
  });
}

async function bringUp(client: Client, schema: string): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const version = await versionOf(client, schema);
    if (version > MIGRATIONS.length)
      throw new UsageError(`the schema ${schema} was written by a newer cordon (version ${version}, this one knows ${MIGRATIONS.length})`, {
        hint: 'Use that newer version, or another schema: ?schema=NAME.',
      });
    if (version === 0) await create(client, schema);
    for (const step of MIGRATIONS.slice(version)) await client.query(step.replaceAll('$S', schema));
    await ask(client, { text: `UPDATE ${schema}.meta SET value = $1 WHERE key = 'version'`, values: [String(MIGRATIONS.length)] });
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

async function create(client: Client, schema: string): Promise<void> {
  const found = await client.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace WHERE s.nspname = $1',
    [schema],
  );
  if ((found.rows[0]?.n ?? 0) > 0)
    throw new UsageError(`the schema ${schema} holds tables of another program`, { hint: 'Name another: ?schema=NAME.' });
  // Asked first: whoever was given a schema of their own need not be allowed to create one.
  const exists = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (exists.rowCount === 0) await client.query(`CREATE SCHEMA ${schema}`);
  await client.query(`CREATE TABLE ${schema}.meta (key text PRIMARY KEY, value text NOT NULL)`);
  await client.query(`INSERT INTO ${schema}.meta VALUES ('version', '0'), ('program', 'cordon')`);
}

/**
 * 0 where there is nothing of ours. Asked of the catalogue's tables and not by `to_regclass`, which inside a transaction
 * may still believe what was true before it waited for another process.
 */
async function versionOf(client: Client, schema: string): Promise<number> {
  const columns = await client.query(
    `SELECT 1 FROM pg_namespace s JOIN pg_class c ON c.relnamespace = s.oid JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE s.nspname = $1 AND c.relname = 'meta' AND a.attname IN ('key', 'value')`,
    [schema],
  );
  if (columns.rowCount !== 2) return 0;
  const found = await client.query<{ key: string; value: string }>(
    `SELECT key, value FROM ${schema}.meta WHERE key IN ('version', 'program')`,
  );
  const meta = new Map(found.rows.map(({ key, value }) => [key, value]));
  return meta.get('program') === 'cordon' ? Number(meta.get('version')) : 0;
}

async function checkKind(client: Client, schema: string, emulated: boolean | undefined): Promise<void> {
  if (emulated === undefined) return;
  const kind = emulated ? 'emulated' : 'real';
  const find = `SELECT value FROM ${schema}.meta WHERE key = 'kind'`;
  const write = `INSERT INTO ${schema}.meta VALUES ('kind', $1) ON CONFLICT DO NOTHING`;
  if ((await client.query(find)).rowCount === 0) await client.query(write, [kind]);
  const found = (await client.query<{ value: string }>(find)).rows[0]?.value;
  if (found !== kind)
    throw new UsageError(`the schema ${schema} holds ${found} runs, and this is ${emulated ? 'an emulated' : 'a real'} one`, {
      hint: 'Emulated runs use a state of their own: another file, or another schema by ?schema=NAME.',
    });
}
