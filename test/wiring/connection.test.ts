import { describe, expect, it } from 'vitest';
import { restrict } from '../../jobs/restrict.ts';
import { checkPermission, grantedBy, identityOf, mayRead, quotaKey } from '../../src/wiring/identity.ts';
import type { Credential } from '../../src/defender/credentials/index.ts';
import { unsignedJwt } from '../support/token-server.ts';

const API = 'https://api.security.microsoft.com';
const opaque: Credential = { mode: 'token', tenant: undefined, clientId: undefined, about: '', acquire: () => Promise.reject(new Error()) };
const bearer = (token: string): { token: string; expiresAt: number } => ({ token, expiresAt: Infinity });

describe('the quota key', () => {
  const claims = identityOf(bearer(unsignedJwt({ tid: 'contoso', appid: 'app' })), opaque);
  const unknown = identityOf(bearer('opaque'), opaque);

  it('is tenant, client and API: the host does not matter, because the API counts by app', () => {
    expect(quotaKey(claims, API, 'restrictCodeExecution')).toBe('contoso/app/restrictCodeExecution');
    expect(quotaKey(claims, 'https://eu.api.security.microsoft.com', 'restrictCodeExecution')).toBe(
      quotaKey(claims, API, 'restrictCodeExecution'),
    );
    expect(quotaKey(claims, API, 'machineactions')).not.toBe(quotaKey(claims, API, 'restrictCodeExecution'));
  });

  it('has the host in it where tenant and client are not known, and on this machine', () => {
    expect(quotaKey(unknown, API, 'x')).toContain('api.security.microsoft.com');
    expect(quotaKey(claims, 'http://127.0.0.1:4100', 'x')).not.toBe(quotaKey(claims, 'http://127.0.0.1:4200', 'x'));
  });
});

describe('the permission', () => {
  const granted = (claims: object): readonly string[] | undefined => grantedBy(bearer(unsignedJwt(claims)));

  it.each([{ roles: ['Machine.RestrictExecution', 'Machine.Read.All'] }, { scp: 'Machine.RestrictExecution Machine.Read' }])(
    'is enough with the job’s role and a reading one: %o',
    (claims) => {
      expect(() => checkPermission(granted(claims), restrict)).not.toThrow();
      expect(mayRead(granted(claims))).toBe(true);
    },
  );

  it('that lacks reading can still carry out', () => {
    expect(() => checkPermission(granted({ roles: ['Machine.RestrictExecution'] }), restrict)).not.toThrow();
    expect(mayRead(granted({ roles: ['Machine.RestrictExecution'] }))).toBe(false);
  });

  it.each([{ roles: [] }, { roles: ['Machine.Isolate', 'Machine.Read.All'] }, { scp: 'Machine.Read' }])(
    'that lacks the job’s role is exit 8: %o',
    (claims) => {
      expect(() => checkPermission(granted(claims), restrict)).toThrow(
        expect.objectContaining({
          exitCode: 8,
          message: expect.stringContaining('Machine.RestrictExecution'),
          hint: expect.stringContaining('Grant'),
        }),
      );
    },
  );

  it('of a token that says nothing is not judged', () => {
    for (const silent of [grantedBy(bearer('opaque')), granted({})]) {
      expect(() => checkPermission(silent, restrict)).not.toThrow();
      expect(mayRead(silent)).toBe(true);
    }
  });
});
