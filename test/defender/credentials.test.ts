import { mkdtempDisposable, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { credentialInput } from '../support/credential-input.ts';
import { AUTH_MODES, chooseCredential, type CredentialInput } from '../../src/defender/credentials/index.ts';
import { AuthError, AuthUnavailableError, UsageError } from '../../src/core/errors.ts';
import { Secrets } from '../../src/core/secrets.ts';
import { oauthError, startTokenServer, tokenAnswer, unsignedJwt, type TokenAnswer } from '../support/token-server.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';
const APP = '99999999-8888-7777-6666-555555555555';
const IDS = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: APP };

function input(env: NodeJS.ProcessEnv, more: Partial<CredentialInput> = {}): CredentialInput {
  return credentialInput({ env, ...more });
}

describe('the choice of a credential', () => {
  it.each([
    ['token', { CORDON_ACCESS_TOKEN: 'opaque', AZURE_CLIENT_SECRET: 'x' }],
    ['secret', { AZURE_CLIENT_SECRET: 'x', AZURE_CLIENT_CERTIFICATE_PATH: '/x' }],
    ['certificate', { AZURE_CLIENT_CERTIFICATE_PATH: '/x', AZURE_FEDERATED_TOKEN_FILE: '/x' }],
    ['workload-identity', { AZURE_FEDERATED_TOKEN_FILE: '/x', IDENTITY_ENDPOINT: 'http://localhost/x' }],
    ['managed-identity', { IDENTITY_ENDPOINT: 'http://localhost/x' }],
  ])('is %s when the environment speaks for it first', async (mode, env) => {
    expect((await chooseCredential(input({ ...IDS, ...env }))).mode).toBe(mode);
  });

  it.each(AUTH_MODES)('is %s when that is asked for, whatever else the environment holds', async (mode) => {
    const env = {
      ...IDS,
      CORDON_ACCESS_TOKEN: 'opaque',
      AZURE_CLIENT_SECRET: 'x',
      AZURE_CLIENT_CERTIFICATE_PATH: '/x',
      AZURE_FEDERATED_TOKEN_FILE: '/x',
    };
    const credential = await chooseCredential(input(env, { mode }));
    expect(credential.mode).toBe(mode);
    expect(credential.about).toContain(`because --auth ${mode} asks for it`);
  });

  it('prefers flags to the environment', async () => {
    const credential = await chooseCredential(
      input({ ...IDS, AZURE_CLIENT_SECRET: 'x' }, { tenant: 'contoso.example', clientId: 'other' }),
    );
    expect(credential).toMatchObject({ tenant: 'contoso.example', clientId: 'other' });
  });

  it('names every missing variable of the chosen mode', async () => {
    const chosen = chooseCredential(input({ AZURE_CLIENT_SECRET: 'x', AZURE_TENANT_ID: ' ' }));
    await expect(chosen).rejects.toThrow(
      'no credentials: mode secret, chosen because AZURE_CLIENT_SECRET is set, also needs AZURE_TENANT_ID (or --tenant), AZURE_CLIENT_ID (or --client-id)',
    );
    await expect(chosen).rejects.toBeInstanceOf(AuthError);
  });

  it('names what every mode needs when nothing is set', async () => {
    const error: unknown = await chooseCredential(input({ AZURE_CLIENT_SECRET: '' })).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(AuthError);
    for (const mode of AUTH_MODES) expect(error).toHaveProperty('hint', expect.stringContaining(mode));
    expect(error).toHaveProperty('hint', expect.stringContaining('AZURE_FEDERATED_TOKEN_FILE'));
  });

  it('does not take a tenant that is no name of one', async () => {
    const credential = await chooseCredential(input({ ...IDS, AZURE_CLIENT_SECRET: 'x', AZURE_TENANT_ID: 'a/../b' }));
    await expect(credential.acquire(false)).rejects.toThrow(UsageError);
  });
});

describe('a token that was given', () => {
  it('tells its tenant, app and end', async () => {
    const token = unsignedJwt({ tid: TENANT, appid: APP, exp: 1_800_000_000 });
    const credential = await chooseCredential(input({ CORDON_ACCESS_TOKEN: token }));
    expect(credential).toMatchObject({ mode: 'token', tenant: TENANT, clientId: APP });
    expect(await credential.acquire(false)).toEqual({ token, expiresAt: 1_800_000_000_000 });
  });

  it('that is no JWT is passed on as it is and does not end', async () => {
    const credential = await chooseCredential(input({ CORDON_ACCESS_TOKEN: ' opaque-token\n' }));
    expect(await credential.acquire(true)).toEqual({ token: 'opaque-token', expiresAt: Infinity });
    expect(credential.tenant).toBeUndefined();
  });

  it('in a file is read anew each time', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    const tokenFile = join(folder.path, 'token');
    const credential = await chooseCredential(input({}, { tokenFile }));
    await writeFile(tokenFile, 'first-token\n');
    expect((await credential.acquire(false)).token).toBe('first-token');
    await writeFile(tokenFile, 'second-token\n');
    expect((await credential.acquire(true)).token).toBe('second-token');
  });

  it('with a blank inside is refused and not repeated', async () => {
    const credential = await chooseCredential(input({ CORDON_ACCESS_TOKEN: 'two words' }));
    await expect(credential.acquire(false)).rejects.toThrow(/holds blanks/);
    await expect(credential.acquire(false)).rejects.not.toThrow(/two words/);
  });

  it('is hidden from then on', async () => {
    const secrets = new Secrets();
    await (await chooseCredential(input({ CORDON_ACCESS_TOKEN: 'opaque-token' }, { secrets }))).acquire(false);
    expect(secrets.scrub('got opaque-token')).toBe('got [hidden]');
  });
});

describe('a sign-in by device code', () => {
  const code: TokenAnswer = {
    body: {
      user_code: 'ABCD',
      device_code: 'device-code',
      verification_uri: 'https://x/device',
      expires_in: 900,
      interval: 0,
      message: 'open https://x/device and type ABCD',
    },
  };
  const claims = { oid: 'user-oid', tid: TENANT, sub: 'user', preferred_username: 'ada@contoso.example', ver: '2.0', iss: 'x', aud: APP };
  const clientInfo = Buffer.from(JSON.stringify({ uid: 'user-oid', utid: TENANT })).toString('base64url');
  const signedIn = (token: string): TokenAnswer =>
    tokenAnswer(token, {
      refresh_token: `refresh-${token}`,
      id_token: unsignedJwt(claims),
      client_info: clientInfo,
      scope: 'https://api.securitycenter.microsoft.com/.default',
    });
  const pending = oauthError('authorization_pending', 'AADSTS70016: pending');

  it('shows the code, waits for the person, and keeps the sign-in where only this user reads it', async () => {
    await using server = await startTokenServer();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    const cacheDir = join(folder.path, 'cache');
    const shown: string[] = [];
    server.script(code, pending, pending, signedIn('first'));
    const credential = await chooseCredential(device(server.origin, cacheDir, shown));
    expect((await credential.acquire(false)).token).toBe('first');
    expect(shown).toEqual(['open https://x/device and type ABCD']);
    expect(server.requests.map(({ path }) => path.split('/').at(-1))).toEqual(['devicecode', 'token', 'token', 'token']);
    const [file = ''] = await readdir(cacheDir);
    expect((await stat(join(cacheDir, file))).mode & 0o777).toBe(0o600);
    expect((await stat(cacheDir)).mode & 0o777).toBe(0o700);
  });

  it('asks nobody again in the next run, and renews by the refresh token', async () => {
    await using server = await startTokenServer();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    const shown: string[] = [];
    server.script(code, signedIn('first'), signedIn('second'));
    await (await chooseCredential(device(server.origin, folder.path, shown))).acquire(false);
    const next = await chooseCredential(device(server.origin, folder.path, shown));
    expect((await next.acquire(false)).token).toBe('first');
    expect((await next.acquire(true)).token).toBe('second');
    expect(server.requests.at(-1)?.form.get('refresh_token')).toBe('refresh-first');
    expect(shown).toHaveLength(1);
  });

  it('asks again when the remembered sign-in is no longer good', async () => {
    await using server = await startTokenServer();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    const shown: string[] = [];
    const expired = oauthError('invalid_grant', 'AADSTS700082: The refresh token has expired.');
    server.script(code, signedIn('first'), expired, code, signedIn('second'));
    const credential = await chooseCredential(device(server.origin, folder.path, shown));
    await credential.acquire(false);
    expect((await credential.acquire(true)).token).toBe('second');
    expect(shown).toHaveLength(2);
  });

  it('bothers nobody when the service is merely out of order', async () => {
    await using server = await startTokenServer();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    const shown: string[] = [];
    const down = { status: 503, body: {} };
    server.script(code, signedIn('first'), down, down, down, down);
    const credential = await chooseCredential(device(server.origin, folder.path, shown));
    await credential.acquire(false);
    await expect(credential.acquire(true)).rejects.toThrow(AuthUnavailableError);
    expect(shown).toHaveLength(1);
  });

  it('that the person declines is an error in the words of the service', async () => {
    await using server = await startTokenServer();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    server.script(code, oauthError('authorization_declined', 'AADSTS70018: declined'));
    const credential = await chooseCredential(device(server.origin, folder.path, []));
    await expect(credential.acquire(false)).rejects.toThrow(/AADSTS70018: declined/);
  });

  it('that the app may not use is told before any code is shown', async () => {
    await using server = await startTokenServer();
    const shown: string[] = [];
    server.script(oauthError('invalid_client', 'AADSTS7000218: public client flows are off', 401));
    const credential = await chooseCredential(device(server.origin, '/nowhere', shown));
    await expect(credential.acquire(false)).rejects.toThrow(/AADSTS7000218/);
    expect(shown).toEqual([]);
  });
});

function device(authorityHost: string, cacheDir: string, shown: string[]): CredentialInput {
  return input(IDS, { mode: 'device-code', authorityHost, cacheDir, showDeviceCode: (text) => shown.push(text) });
}
