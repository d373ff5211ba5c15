import { describe, expect, it } from 'vitest';
import { isPostgres, parseAddress } from '../../src/state/postgres/address.ts';
import { UsageError } from '../../src/core/errors.ts';

describe('the address of a shared state', () => {
  it.each([
    ['postgres://ana@db.contoso.com/cordon', true],
    ['postgresql://db/x', true],
    ['POSTGRES://db/x', true],
    ['/var/lib/state.db', false],
    ['postgres.db', false],
    [undefined, false],
  ])('tells %s from a file', (text, answer) => {
    expect(isPostgres(text)).toBe(answer);
  });

  it('is read with what it leaves out from the words that psql knows', () => {
    const env = { PGUSER: 'ana', PGPORT: '6432', PGDATABASE: 'soc' };
    expect(parseAddress('postgres://db.contoso.com', env)).toMatchObject({
      host: 'db.contoso.com',
      port: 6432,
      user: 'ana',
      database: 'soc',
    });
    expect(parseAddress('postgres://bo%40x@[::1]:5433/my%20db?schema=lab', {})).toMatchObject({
      host: '::1',
      port: 5433,
      user: 'bo@x',
      database: 'my db',
      schema: 'lab',
    });
    expect(parseAddress('postgres://ana@/soc?host=/run/postgresql', {})).toMatchObject({ host: '/run/postgresql', tls: false });
  });

  it('verifies the certificate wherever a network is touched, whatever weaker mode is asked for', () => {
    const tls = (text: string, env: NodeJS.ProcessEnv = {}) => parseAddress(text, { PGUSER: 'ana', ...env }).tls;
    expect(tls('postgres://db/x')).toEqual({ rejectUnauthorized: true });
    expect(tls('postgres://db/x', { PGSSLMODE: 'require' })).toEqual({ rejectUnauthorized: true });
    expect(tls('postgres://db/x?sslmode=prefer')).toEqual({ rejectUnauthorized: true });
    expect(tls('postgres://db/x?sslmode=disable')).toBe(false);
    expect(tls('postgres://127.0.0.1/x')).toBe(false);
    expect(tls('postgres://127.0.0.1/x?sslmode=verify-full')).toEqual({ rejectUnauthorized: true });
  });

  it.each([
    ['postgres://ana:hunter2@db/x', 'holds a password'],
    ['postgres://ana:hunter2@db:port/x', 'no address'],
    ['postgres://db/x?sslmode=sometimes', 'sslmode'],
    ['postgres://db/x?pool=3', '"pool" is no parameter'],
    ['postgres://db/x?schema=a-b;drop', "a schema's name"],
    ['postgres://db/x?sslrootcert=/nowhere/ca.pem', 'sslrootcert'],
  ])('refuses %s, and repeats no password', (text, why) => {
    const error = thrownBy(() => parseAddress(text, { PGUSER: 'ana' }));
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain(why);
    expect(String(error)).not.toContain('hunter2');
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
