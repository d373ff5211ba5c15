import { describe, expect, it } from 'vitest';
import { restrict } from '../../jobs/restrict.ts';
import { checkPermission, identityOf, quotaKey } from '../../src/wiring/connection.ts';
import type { Credential } from '../../src/defender/credentials/index.ts';
import { createDisplay, type Display } from '../../src/cli/views/display.ts';
import { Secrets } from '../../src/core/secrets.ts';
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
  const display = (): Display & { readonly written: () => string } => {
    let text = '';
    return {
      ...createDisplay({ level: 'info', secrets: new Secrets(), stderr: { write: (part) => (text += part) } }),
      written: () => text,
    };
  };
  const check = (claims: object): string => {
    const shown = display();
    checkPermission(bearer(unsignedJwt(claims)), restrict, shown);
    return shown.written();
  };

  it('is enough with the job’s role and a reading one', () =>
    expect(check({ roles: ['Machine.RestrictExecution', 'Machine.Read.All'] })).toBe(''));
  it('may be delegated', () => expect(check({ scp: 'Machine.RestrictExecution Machine.Read' })).toBe(''));
  it('that lacks reading is a warning that says what will not work', () => {
    expect(check({ roles: ['Machine.RestrictExecution'] })).toMatch(/lacks Machine\.Read\.All.*stay unknown.*facts cannot be read/);
  });
  it.each([{ roles: [] }, { roles: ['Machine.Isolate', 'Machine.Read.All'] }, { scp: 'Machine.Read' }])(
    'that lacks the job’s role is exit 8: %o',
    (claims) => {
      expect(() => check(claims)).toThrow(
        expect.objectContaining({
          exitCode: 8,
          message: expect.stringContaining('Machine.RestrictExecution'),
          hint: expect.stringContaining('Grant'),
        }),
      );
    },
  );
  it('of a token that says nothing is not judged', () => {
    const shown = display();
    checkPermission(bearer('opaque'), restrict, shown);
    expect(shown.written() + check({})).toBe('');
  });
});
