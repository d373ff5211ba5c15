// In a file of its own: msal finds out once per process which kind of managed identity there is.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { chooseCredential } from '../../src/defender/credentials/index.ts';
import { createTransport } from '../../src/http/transport.ts';
import { Secrets } from '../../src/core/secrets.ts';
import { startTokenServer } from '../support/token-server.ts';

describe('the managed identity of a container job', () => {
  it('is asked of the endpoint that the platform announces, each time anew, with its header kept secret', async () => {
    await using server = await startTokenServer();
    const env = { IDENTITY_ENDPOINT: `${server.origin}/msi/token`, IDENTITY_HEADER: 'header-of-this-container' };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const transport = createTransport();
    onTestFinished(() => {
      transport.close();
      vi.unstubAllEnvs();
    });
    const secrets = new Secrets();
    const expires_on = String(Math.floor(Date.now() / 1000) + 7200);
    server.script(
      { body: { access_token: 'first', expires_on, token_type: 'Bearer' } },
      { body: { access_token: 'second', expires_on, token_type: 'Bearer' } },
    );
    const credential = await chooseCredential({
      scope: 'https://api.securitycenter.microsoft.com/.default',
      resource: 'https://api.securitycenter.microsoft.com',
      authorityHost: 'https://login.microsoftonline.com',
      env,
      cacheDir: '/nowhere',
      transport,
      showDeviceCode: () => undefined,
      secrets,
    });
    expect(credential.about).toBe('the system-assigned managed identity, because IDENTITY_ENDPOINT is set');
    // The library keeps how long is left, in whole seconds of a clock that goes on meanwhile.
    expect(Math.abs((await credential.acquire(false)).expiresAt - Number(expires_on) * 1000)).toBeLessThanOrEqual(60_000);
    expect((await credential.acquire(true)).token).toBe('second');
    expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/msi/token', headers: { 'x-identity-header': env.IDENTITY_HEADER } });
    expect(secrets.scrub(env.IDENTITY_HEADER)).toBe('[hidden]');
  });
});
