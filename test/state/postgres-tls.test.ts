import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../src/state/postgres/index.ts';
import { BIN, hasProgram, startPostgres, withTls, type TestServer } from '../support/postgres.ts';

describe.skipIf(BIN === undefined || !hasProgram('openssl'))('TLS on the way to a shared state', () => {
  let server: TestServer;
  beforeAll(async () => void (server = await startPostgres({ settings: withTls })), 60_000);
  afterAll(() => server.close());
  const opening = async (host: string, parameters: string): Promise<string> => {
    const address = `postgres://cordon@${host}:${server.port}/cordon?${parameters}`;
    const state = await openPostgres(address, { emulated: false, env: server.env, openPatienceMs: 1 });
    await state.close();
    return 'opened';
  };
  const ca = (): string => `sslrootcert=${join(server.folder, 'server.crt')}`;

  it('is taken when the certificate is signed by the authority that was named', async () => {
    expect(await opening('127.0.0.1', `sslmode=verify-full&${ca()}`)).toBe('opened');
  });

  it.each(['verify-full', 'verify-ca', 'require', 'prefer'])('is refused with %s when nobody known signed it', async (mode) => {
    await expect(opening('127.0.0.1', `sslmode=${mode}`)).rejects.toThrow(/certificate/);
  });

  it('is refused when the certificate is another host’s', async () => {
    await expect(opening('localhost', `sslmode=require&${ca()}`)).rejects.toThrow(/localhost/);
  });

  it('says what to do when the server has none', async () => {
    await server.query('ALTER SYSTEM SET ssl = off');
    await server.query('SELECT pg_reload_conf()');
    const error = await opening('127.0.0.1', 'sslmode=verify-full').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ hint: expect.stringContaining('sslmode=disable') });
  });
});
