import { createHash, createPrivateKey, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { credentialInput } from '../support/credential-input.ts';
import { chooseCredential, type CredentialInput } from '../../src/defender/credentials/index.ts';
import type { HttpRequest, Transport } from '../../src/http/transport.ts';
import { AuthError, AuthUnavailableError } from '../../src/core/errors.ts';
import { Secrets } from '../../src/core/secrets.ts';
import { makeCertificate } from '../support/proxy.ts';
import { oauthError, startTokenServer, tokenAnswer, unsignedJwt, type TokenServer } from '../support/token-server.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';
const APP = '99999999-8888-7777-6666-555555555555';
const SECRET = 'S3cret~with+odd/characters=';
const ENV = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: APP, AZURE_CLIENT_SECRET: SECRET };

function input(authorityHost: string, env: NodeJS.ProcessEnv = ENV, more: Partial<CredentialInput> = {}): CredentialInput {
  return credentialInput({ authorityHost, env, ...more });
}

async function failure(server: TokenServer, more: Partial<CredentialInput> = {}): Promise<AuthError | AuthUnavailableError> {
  const credential = await chooseCredential(input(server.origin, ENV, more));
  const error: unknown = await credential.acquire(false).catch((error: unknown) => error);
  if (error instanceof AuthError || error instanceof AuthUnavailableError) return error;
  throw new Error('expected an AuthError or AuthUnavailableError');
}

describe('a client secret', () => {
  it('is traded for a token by one request to the tenant and with the audience of the cloud', async () => {
    await using server = await startTokenServer();
    const credential = await chooseCredential(input(server.origin));
    const before = Date.now();
    const bearer = await credential.acquire(false);
    expect(bearer.token).toBe('token-1');
    expect(bearer.expiresAt).toBeGreaterThanOrEqual(before + 3_598_000);
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request?.path).toBe(`/${TENANT}/oauth2/v2.0/token`);
    expect(Object.fromEntries(request?.form ?? [])).toMatchObject({
      grant_type: 'client_credentials',
      client_id: APP,
      client_secret: SECRET,
      scope: expect.stringContaining('https://api.securitycenter.microsoft.com/.default'),
    });
  });

  it('asks the service again at each acquire, so that a revoked token is not handed out twice', async () => {
    await using server = await startTokenServer();
    const credential = await chooseCredential(input(server.origin));
    await credential.acquire(false);
    expect((await credential.acquire(true)).token).toBe('token-2');
  });

  it('goes to another token endpoint when one is given', async () => {
    await using server = await startTokenServer();
    const credential = await chooseCredential(input('https://login.microsoftonline.us', ENV, { tokenEndpoint: `${server.origin}/token` }));
    expect((await credential.acquire(false)).token).toBe('token-1');
    expect(server.requests.map(({ path }) => path)).toEqual(['/token']);
  });

  it.each(['https://login.microsoftonline.com', 'https://login.microsoftonline.us', 'https://login.private.example'])(
    'asks %s for nothing more than the token or its own configuration',
    async (authorityHost) => {
      const sent: string[] = [];
      const transport = answering((request) => {
        sent.push(`${request.method} ${request.url.origin}${request.url.pathname.replace(TENANT, 'TENANT')}`);
        return request.method === 'POST' ? tokenAnswer('the-token').body : openidConfiguration(authorityHost);
      });
      const credential = await chooseCredential(input(authorityHost, ENV, { transport }));
      expect((await credential.acquire(false)).token).toBe('the-token');
      expect(sent.filter((line) => line.startsWith('POST'))).toEqual([`POST ${authorityHost}/TENANT/oauth2/v2.0/token`]);
      expect(sent.filter((line) => !line.includes(authorityHost))).toEqual([]);
      expect(sent.length).toBe(authorityHost.includes('private') ? 2 : 1);
    },
  );

  it('and every token it brought is hidden from then on', async () => {
    await using server = await startTokenServer();
    const secrets = new Secrets();
    server.script(tokenAnswer('opaque-access-token'));
    await (await chooseCredential(input(server.origin, ENV, { secrets }))).acquire(false);
    expect(secrets.scrub(`sent ${SECRET} got opaque-access-token`)).toBe('sent [hidden] got [hidden]');
  });

  it('is described without being shown', async () => {
    const credential = await chooseCredential(input('https://login.microsoftonline.com'));
    expect(credential).toMatchObject({ mode: 'secret', tenant: TENANT, clientId: APP });
    expect(credential.about).toBe(`the client secret of app ${APP} in tenant ${TENANT}, because AZURE_CLIENT_SECRET is set`);
  });
});

describe('a refusal by the sign-in service', () => {
  it.each([
    ['invalid_client', 'AADSTS7000215: Invalid client secret provided.', 401, /value of the secret/],
    ['unauthorized_client', `AADSTS700016: Application with identifier '${APP}' was not found.`, 400, /AZURE_CLIENT_ID/],
    ['invalid_request', "AADSTS90002: Tenant 'x' not found.", 400, /AZURE_TENANT_ID/],
  ])('%s is told in its own words and says what to check', async (error, description, status, hint) => {
    await using server = await startTokenServer();
    server.script(oauthError(error, `${description} Trace ID: abc Correlation ID: def\r\nTimestamp: now`, status));
    const refusal = await failure(server);
    expect(refusal).toBeInstanceOf(AuthError);
    expect(refusal.message).toBe(
      `${new URL(server.origin).host} refused the client secret of app ${APP} in tenant ${TENANT}: ${description}`,
    );
    expect(refusal).toHaveProperty('hint', expect.stringMatching(hint));
    expect(server.requests).toHaveLength(1);
  });

  it('never shows the secret, even when the service repeats it', async () => {
    await using server = await startTokenServer();
    server.script(oauthError('invalid_client', `AADSTS7000215: ${SECRET} is wrong`, 401));
    expect((await failure(server)).message).not.toContain(SECRET);
  });
});

describe('a sign-in service that does not answer properly', () => {
  it.each([
    ['429', { status: 429, body: { error: 'throttled' } }],
    ['500 with an empty object', { status: 500, body: {} }],
    ['503 with HTML', { status: 503, body: '<html>' }],
    ['200 with HTML', { body: '<html>' }],
    ['a redirect', { status: 302, headers: { location: 'https://example.com/' }, body: '' }],
    ['400 temporarily_unavailable', { status: 400, body: { error: 'temporarily_unavailable' } }],
  ])('is asked again after %s', async (_name, answer) => {
    await using server = await startTokenServer();
    server.script(answer, answer);
    const credential = await chooseCredential(input(server.origin));
    expect((await credential.acquire(false)).token).toBe('token-1');
    expect(server.requests).toHaveLength(3);
  });

  it('is given up after four tries, and asked anew by the next acquire', async () => {
    await using server = await startTokenServer();
    const busy = { status: 503, headers: { 'retry-after': '0' }, body: {} };
    server.script(busy, busy, busy, busy);
    const credential = await chooseCredential(input(server.origin));
    await expect(credential.acquire(false)).rejects.toThrow(AuthUnavailableError);
    expect(server.requests).toHaveLength(4);
    expect((await credential.acquire(false)).token).toBe('token-1');
  });

  it('is unavailable when nobody listens', async () => {
    const server = await startTokenServer();
    await server[Symbol.asyncDispose]();
    const error = await failure(server);
    expect(error).toBeInstanceOf(AuthUnavailableError);
    expect(error.message).toMatch(/could not be reached.*ECONNREFUSED/);
  });

  it('brings no empty token: an answer without one is an error', async () => {
    await using server = await startTokenServer();
    server.script({ body: {} });
    expect(await failure(server)).toBeInstanceOf(AuthUnavailableError);
  });
});

describe('a certificate', () => {
  const { key, cert } = makeCertificate('app.example');

  it('signs an assertion for the token endpoint and sends its chain along', async () => {
    await using server = await startTokenServer();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    const assertion = await assertionFor(server, folder.path, `${cert}\n${key}`);
    const [head = '', payload = '', signature = ''] = assertion.split('.');
    const header = decode(head);
    expect(header).toMatchObject({ alg: 'PS256', 'x5t#S256': thumbprint(cert) });
    expect(header['x5c']).toHaveLength(1);
    expect(decode(payload)).toMatchObject({ iss: APP, sub: APP, aud: `${server.origin}/${TENANT}/oauth2/v2.0/token` });
    const pss = { key: createPublicKey(cert), padding: 6, saltLength: 32 };
    expect(verify('sha256', Buffer.from(`${head}.${payload}`), pss, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('with an encrypted key is opened by the password', async () => {
    await using server = await startTokenServer();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    const pem = `${encrypt(key, 'correct horse')}\n${cert}`;
    const assertion = await assertionFor(server, folder.path, pem, { AZURE_CLIENT_CERTIFICATE_PASSWORD: 'correct horse' });
    expect(assertion.split('.')).toHaveLength(3);
  });

  it.each([
    ['an encrypted key without the password', `${encrypt(key, 'correct horse')}\n${cert}`, /cannot be opened/],
    ['no key', cert, /no RSA private key/],
    ['no certificate', key, /no certificate that belongs/],
    ["another key's certificate", `${key}\n${makeCertificate('other.example').cert}`, /no certificate that belongs/],
    ['nothing', '', /is empty/],
  ])('file with %s is refused before anything is sent', async (_name, pem, message) => {
    await using server = await startTokenServer();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    await expect(assertionFor(server, folder.path, pem)).rejects.toThrow(message);
    expect(server.requests).toHaveLength(0);
  });

  it('that leads a chain is put first, whatever the order in the file', async () => {
    await using server = await startTokenServer();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    const assertion = await assertionFor(server, folder.path, [makeCertificate('issuer.example').cert, cert, key].join('\n'));
    const chain = decode(assertion.split('.')[0] ?? '')['x5c'];
    expect(chain).toHaveLength(2);
    expect(chain).toHaveProperty('0', new X509Certificate(cert).raw.toString('base64'));
  });
});

describe('a workload identity', () => {
  it('reads its federated token anew for each access token', async () => {
    await using server = await startTokenServer();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    const file = join(folder.path, 'federated');
    const env = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: APP, AZURE_FEDERATED_TOKEN_FILE: file };
    const [first, second] = [unsignedJwt({ jti: 1 }), unsignedJwt({ jti: 2 })];
    const credential = await chooseCredential(input(server.origin, env));
    await writeFile(file, `${first}\n`);
    await credential.acquire(false);
    await writeFile(file, second);
    await credential.acquire(true);
    expect(server.requests.map(({ form }) => form.get('client_assertion'))).toEqual([first, second]);
    expect(credential.mode).toBe('workload-identity');
  });

  it('without its file is an error that names the file', async () => {
    const env = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: APP, AZURE_FEDERATED_TOKEN_FILE: '/nowhere/token' };
    const credential = await chooseCredential(input('https://login.microsoftonline.com', env));
    await expect(credential.acquire(false)).rejects.toThrow('the federated token file /nowhere/token cannot be read (ENOENT)');
  });
});

function answering(answer: (request: HttpRequest) => object | string): Transport {
  return {
    send: async (request) => ({ kind: 'response', status: 200, headers: {}, body: JSON.stringify(answer(request)) }),
    close: () => undefined,
  };
}

function openidConfiguration(origin: string): object {
  const base = `${origin}/${TENANT}`;
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/a`,
    jwks_uri: `${base}/k`,
  };
}

async function assertionFor(server: TokenServer, folder: string, pem: string, more: NodeJS.ProcessEnv = {}): Promise<string> {
  const path = join(folder, 'app.pem');
  await writeFile(path, pem);
  const env = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: APP, AZURE_CLIENT_CERTIFICATE_PATH: path, ...more };
  await (await chooseCredential(input(server.origin, env))).acquire(false);
  return server.requests[0]?.form.get('client_assertion') ?? '';
}

function decode(part: string): Record<string, unknown> {
  const value: Record<string, unknown> = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  return value;
}

function thumbprint(cert: string): string {
  return createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url');
}

function encrypt(key: string, password: string): string {
  return createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password }).toString();
}
