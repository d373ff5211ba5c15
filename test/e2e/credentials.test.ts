/** Every way to sign in, through the real command line, with the real msal, against the emulator's token endpoints. */
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_OPTIONS } from '../../src/emulator/world/defaults.ts';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { machineId } from '../support/builders.ts';
import { cordon, type CliResult } from '../support/cli.ts';
import { makeCertificate } from '../support/proxy.ts';
import { unsignedJwt } from '../support/token-server.ts';

const { tenant, clientId, clientSecret } = DEFAULT_OPTIONS;
const APP = { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: clientId };

interface Scene {
  readonly emulator: RunningEmulator;
  readonly folder: string;
  run(env: NodeJS.ProcessEnv, ...more: string[]): Promise<CliResult>;
  resume(env: NodeJS.ProcessEnv): Promise<CliResult>;
}

async function scene(): Promise<Scene> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
  const emulator = await startEmulator({ requireAuth: true, actionMs: [0, 0] });
  onTestFinished(async () => {
    await emulator.close();
    await folder.remove();
  });
  await writeFile(join(folder.path, 'list.txt'), `${machineId(1)}\n${machineId(2)}\n`);
  const start = (args: readonly string[], env: NodeJS.ProcessEnv): Promise<CliResult> =>
    cordon(args, { cwd: folder.path, env: { HOME: folder.path, AZURE_AUTHORITY_HOST: emulator.url, ...env } });
  const run: Scene['run'] = (env, ...more) =>
    start(['run', 'restrict', 'list.txt', '--comment', 'INC-7', '--yes', '--api-url', emulator.url, ...more], env);
  return { emulator, folder: folder.path, run, resume: (env) => start(['resume'], env) };
}

function expectBothCreated({ emulator }: Scene, { code, stdout, stderr }: CliResult): void {
  expect(stdout + stderr).toContain('2  accepted');
  expect(code).toBe(0);
  expect(emulator.actions().map((action) => action.machineId)).toEqual([machineId(1), machineId(2)]);
  expect(emulator.stats().tokensIssued).toBeGreaterThanOrEqual(1);
}

async function tokenOf({ emulator }: Scene): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://api.securitycenter.microsoft.com/.default',
  };
  const answer = await fetch(emulator.tokenEndpoint, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token: token }: { access_token?: unknown } = Object(await answer.json());
  return String(token);
}

describe('signing in', () => {
  it('with a client secret', async () => {
    const here = await scene();
    expectBothCreated(here, await here.run({ ...APP, AZURE_CLIENT_SECRET: clientSecret }));
  });

  it('with a certificate', async () => {
    const here = await scene();
    const { key, cert } = makeCertificate();
    const path = join(here.folder, 'app.pem');
    await writeFile(path, `${key}\n${cert}`);
    expectBothCreated(here, await here.run({ ...APP, AZURE_CLIENT_CERTIFICATE_PATH: path }));
  });

  it('with a workload identity', async () => {
    const here = await scene();
    const path = join(here.folder, 'federated-token');
    await writeFile(path, unsignedJwt({ sub: 'system:serviceaccount:security:cordon' }));
    expectBothCreated(here, await here.run({ ...APP, AZURE_FEDERATED_TOKEN_FILE: path }));
  });

  it('with a managed identity', async () => {
    const here = await scene();
    expectBothCreated(
      here,
      await here.run({ IDENTITY_ENDPOINT: `${here.emulator.url}/msi/token`, IDENTITY_HEADER: 'header-of-this-container' }),
    );
  });

  it('with a device code, and the next run asks nothing', async () => {
    const here = await scene();
    const first = await here.run(APP, '--auth', 'device-code');
    expectBothCreated(here, first);
    expect(first.stderr).toContain('the code');
    const second = await here.run(APP, '--auth', 'device-code');
    expect(second.code).toBe(0);
    expect(second.stderr).not.toContain('the code');
  });

  it('with a token from the environment, or from a file', async () => {
    const here = await scene();
    const token = await tokenOf(here);
    expectBothCreated(here, await here.run({ CORDON_ACCESS_TOKEN: token }));
    await writeFile(join(here.folder, 'token'), token);
    expect((await here.run({}, '--token-file', 'token')).code).toBe(0);
  });

  it('with a wrong secret is exit 8, and nothing is sent', async () => {
    const here = await scene();
    const { code, stderr } = await here.run({ ...APP, AZURE_CLIENT_SECRET: 'wrong-secret' });
    expect(code).toBe(8);
    expect(stderr).toContain('AADSTS7000215');
    expect(stderr).not.toContain('wrong-secret');
    expect(here.emulator.stats().apis).toEqual([]);
  });

  it('with nothing at all is exit 8, and says what each way needs', async () => {
    const here = await scene();
    const { code, stderr } = await here.run({});
    expect(code).toBe(8);
    expect(stderr).toMatch(/AZURE_CLIENT_SECRET[\s\S]*AZURE_FEDERATED_TOKEN_FILE[\s\S]*--emulator/);
    expect(here.emulator.stats().apis).toEqual([]);
  });

  it('with a token that the API does not take is exit 8, resumable once a good one is there', async () => {
    const here = await scene();
    const refused = await here.run({ ...APP, CORDON_ACCESS_TOKEN: 'opaque-and-unknown' });
    expect(refused.code).toBe(8);
    expect(here.emulator.actions()).toEqual([]);
    const resumed = await here.resume({ CORDON_ACCESS_TOKEN: await tokenOf(here) });
    expectBothCreated(here, resumed);
  });
});
