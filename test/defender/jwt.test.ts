import { describe, expect, it } from 'vitest';
import { readClaims } from '../../src/defender/jwt.ts';
import { unsignedJwt } from '../support/token-server.ts';

describe('claims of a token', () => {
  it('of an application say tenant, app, roles, audience and end', () => {
    const token = unsignedJwt({ tid: 't', appid: 'a', roles: ['Machine.RestrictExecution'], aud: 'https://x', exp: 1_800_000_000 });
    expect(readClaims(token)).toEqual({
      tenant: 't',
      clientId: 'a',
      roles: ['Machine.RestrictExecution'],
      audience: 'https://x',
      expiresAt: 1_800_000_000_000,
    });
  });

  it('of a person say their scopes', () => {
    expect(readClaims(unsignedJwt({ azp: 'a', scp: 'Machine.Read Machine.Isolate' }))).toEqual({
      clientId: 'a',
      scopes: ['Machine.Read', 'Machine.Isolate'],
    });
  });

  it('of a wrong type count as not said', () => {
    expect(readClaims(unsignedJwt({ tid: 1, roles: 'x', exp: 'soon', aud: ['a'] }))).toEqual({});
  });

  it.each(['', 'opaque', 'a.b', 'a.b.c', 'a.b.c.d.e', `e30.${Buffer.from('"text"').toString('base64url')}.x`, 'e30.bnVsbA.x'])(
    'are undefined for "%s", which is no JWT',
    (token) => {
      expect(readClaims(token)).toBeUndefined();
    },
  );
});
