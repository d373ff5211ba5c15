// In a file of its own, with one server for all: msal finds out once per process where the managed identity is asked for.
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { chooseCredential, type CredentialInput } from '../../src/defender/credentials/index.ts';
import { createTransport } from '../../src/http/transport.ts';
import { Secrets } from '../../src/core/secrets.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';

let server: TokenServer;
beforeAll(async () => {
  server = await startTokenServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('the managed identity of a virtual machine', () => {
  it('is asked of the metadata endpoint, which may still be starting', async () => {
    server.script({ status: 404, body: {} }, { status: 410, body: {} }, imdsToken('machine-token'));
    const credential = await chooseCredential(input({}));
    const bearer = await credential.acquire(false);
    expect(bearer).toMatchObject({ token: 'machine-token', expiresAt: expect.any(Number) });
    const request = server.requests.at(-1);
    expect(request).toMatchObject({ method: 'GET', path: '/metadata/identity/oauth2/token/' });
    expect(request?.query.get('resource')).toBe('https://api.securitycenter.microsoft.com');
    expect(request?.headers['metadata']).toBe('true');
    expect(credential.about).toBe('the system-assigned managed identity, because --auth managed-identity asks for it');
  });

  it('can be a user-assigned one, named by its client id', async () => {
    server.script(imdsToken('user-token'));
    const credential = await chooseCredential(input({ AZURE_CLIENT_ID: 'the-identity' }));
    expect((await credential.acquire(false)).token).toBe('user-token');
    expect(server.requests.at(-1)?.query.get('client_id')).toBe('the-identity');
  });

  it('that does not exist is an error in the words of the endpoint', async () => {
    server.script({ status: 400, body: { error: 'invalid_request', error_description: 'Identity not found' } });
    const credential = await chooseCredential(input({}));
    await expect(credential.acquire(false)).rejects.toThrow(/refused the system-assigned managed identity: Identity not found/);
  });
});

function imdsToken(token: string): { body: object } {
  return { body: { access_token: token, token_type: 'Bearer', expires_on: String(Math.floor(Date.now() / 1000) + 3600), resource: 'x' } };
}

function input(env: NodeJS.ProcessEnv): CredentialInput {
  vi.stubEnv('IDENTITY_ENDPOINT', undefined);
  vi.stubEnv('AZURE_POD_IDENTITY_AUTHORITY_HOST', server.origin);
  const transport = createTransport();
  onTestFinished(() => {
    transport.close();
    vi.unstubAllEnvs();
  });
  return {
    mode: 'managed-identity',
    scope: 'https://api.securitycenter.microsoft.com/.default',
    resource: 'https://api.securitycenter.microsoft.com',
    authorityHost: 'https://login.microsoftonline.com',
    env,
    cacheDir: '/nowhere',
    transport,
    showDeviceCode: () => undefined,
    secrets: new Secrets(),
    retryDelayMs: 1,
  };
}
