import { ConfidentialClientApplication, PublicClientApplication } from '@azure/msal-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_OPTIONS } from '../../src/emulator/world/defaults.ts';
import { parseFaults } from '../../src/emulator/world/faults.ts';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { UsageError } from '../../src/core/errors.ts';
import { DEFENDER, machineId } from './tenant.ts';

const ID = machineId(1);
const started: RunningEmulator[] = [];

async function start(options: Partial<EmulatorOptions> = {}): Promise<RunningEmulator> {
  const emulator = await startEmulator(options);
  started.push(emulator);
  return emulator;
}

// A machine under load may be slow; nothing here measures time.
vi.setConfig({ testTimeout: 60_000 });

/** One turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits for what must come, however long that takes. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(started.splice(0).map((emulator) => emulator.close()));
});

function get(emulator: RunningEmulator, path: string): Promise<Response> {
  return fetch(`${emulator.url}${path}`, { headers: { authorization: 'Bearer opaque' } });
}

function post({ url }: RunningEmulator, signal: AbortSignal | null = null, id = ID): Promise<Response> {
  return fetch(`${url}/api/machines/${id}/restrictCodeExecution`, {
    method: 'POST',
    headers: { authorization: 'Bearer opaque', 'content-type': 'application/json' },
    body: JSON.stringify({ Comment: '[cordon r-1] socket' }),
    signal,
  });
}

describe('the server', () => {
  it('says on every answer that it is emulated', async () => {
    const emulator = await start();
    const answers = await Promise.all(
      ['/api/machines', '/nothing', '/_emulator/stats', `/api/machines/${ID}/isolate`].map((path) => get(emulator, path)),
    );
    expect(answers.map(({ status, headers }) => [status, headers.get('x-emulated')])).toStrictEqual([
      [200, 'cordon'],
      [404, 'cordon'],
      [200, 'cordon'],
      [405, 'cordon'],
    ]);
  });

  it('listens on loopback, at the port it was given', async () => {
    const { url } = await start();
    const { hostname, port } = new URL(url);
    expect(hostname).toBe('127.0.0.1');
    await expect(startEmulator({ port: Number(port) })).rejects.toThrow(UsageError);
  });

  it('shows its counts and actions to those who ask', async () => {
    const emulator = await start();
    await post(emulator);
    const [stats, actions] = await Promise.all(
      ['stats', 'actions'].map(async (name) => (await get(emulator, `/_emulator/${name}`)).json()),
    );
    expect(stats).toStrictEqual(structuredClone(emulator.stats()));
    expect(actions).toMatchObject({ value: [{ machineId: ID, requestorComment: '[cordon r-1] socket' }] });
    expect(stats).toMatchObject({
      created: [{ machineId: ID, type: 'RestrictCodeExecution', tag: '[cordon r-1]', count: 1 }],
      doubles: [],
    });
  });

  it('changes its faults while it runs', async () => {
    const emulator = await start();
    const change = (body: string): Promise<Response> => fetch(`${emulator.url}/_emulator/faults`, { method: 'POST', body });
    expect((await change('503=1')).status).toBe(200);
    expect((await post(emulator)).status).toBe(503);
    expect((await change('{"500": 1}')).status).toBe(200);
    expect((await post(emulator)).status).toBe(500);
    expect((await change('')).status).toBe(200);
    expect((await post(emulator)).status).toBe(201);
    const refused = await change('teapot=1');
    expect([refused.status, await refused.text()]).toStrictEqual([400, expect.stringContaining('known are 503')]);
  });

  it('runs its clock faster where told: an offline machine times out while one watches', async () => {
    const emulator = await start({ offline: [ID], speed: 1e9 });
    await post(emulator);
    await until(() => emulator.actions()[0]?.status !== 'Pending');
    expect(emulator.actions()).toMatchObject([{ status: 'TimeOut' }]);
  });

  it('carries an action to its end', async () => {
    const emulator = await start({ actionMs: [20, 20], latencyMs: [1, 5] });
    expect(await (await post(emulator)).json()).toMatchObject({ status: 'Pending' });
    await until(() => emulator.actions()[0]?.status !== 'Pending' && emulator.actions()[0]?.status !== 'InProgress');
    expect(emulator.actions()).toMatchObject([{ status: 'Succeeded' }]);
  });

  it('dates its answers by the clock that stamps actions', async () => {
    const emulator = await start({ clockOffsetMs: -7_200_000 });
    const answer = await post(emulator);
    const { creationDateTimeUtc: created } = Object(await answer.json());
    const apart = Date.parse(answer.headers.get('date') ?? '') - Date.parse(created);
    expect(Math.abs(apart)).toBeLessThan(30_000);
    expect(Date.parse(created)).toBeLessThan(Date.now() - 7_000_000);
  });

  it('tells what is in force, whatever the records say', async () => {
    const emulator = await start({ actionMs: [0, 0] });
    await post(emulator);
    expect(emulator.inForce()).toStrictEqual([{ machineId: ID, isolated: false, restricted: true }]);
    expect(await (await get(emulator, '/_emulator/in-force')).json()).toMatchObject({ value: [{ restricted: true }] });
  });

  it('carries answers of 60 MB', async () => {
    const emulator = await start({ faults: parseFaults('huge=1') });
    expect(await (await post(emulator)).text()).toHaveLength(60_000_000);
  });

  it('breaks a download off half way', async () => {
    const emulator = await start({ actionMs: [0, 0], faults: parseFaults('download-cut=1'), quotedLinks: false, packageBytes: [1e6, 1e6] });
    const headers = { authorization: 'Bearer opaque' };
    const body = JSON.stringify({ Comment: 'x' });
    const made = await fetch(`${emulator.url}/api/machines/${ID}/collectInvestigationPackage`, { method: 'POST', headers, body });
    const { id } = Object(await made.json());
    const { value } = Object(await (await get(emulator, `/api/machineactions/${id}/getPackageUri`)).json());
    await expect((await fetch(value)).arrayBuffer()).rejects.toThrow('terminated');
  });

  it('answers 429 over the quota', async () => {
    const emulator = await start({ rate: [{ limit: 1, ms: 3_600_000 }] });
    const statuses = [(await post(emulator)).status, (await post(emulator)).status];
    expect(statuses).toStrictEqual([201, 429]);
    expect(emulator.stats().apis).toMatchObject([{ requests: 2, throttled: 1 }]);
  });
});

describe('faults on the wire', () => {
  it.each([
    ['reset-before', 0],
    ['reset-after', 1],
  ])('%s breaks the connection with %d actions made', async (fault, actions) => {
    const emulator = await start({ faults: parseFaults(`${fault}=1`) });
    await expect(post(emulator)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(emulator.actions()).toHaveLength(actions);
  });

  it.each([
    ['hang-before', 0],
    ['hang-after', 1],
    ['late', 1],
  ])('%s never answers, and %d actions are made', async (fault, actions) => {
    const emulator = await start({ faults: parseFaults(`${fault}=1`), lateMs: 1 });
    const abort = new AbortController();
    const answer = post(emulator, abort.signal);
    await until(() => emulator.stats().apis[0]?.requests === 1 && emulator.actions().length === actions);
    abort.abort();
    await expect(answer).rejects.toThrow('abort');
  });

  it('has the effect though the client is gone before it', async () => {
    const emulator = await start({ latencyMs: [30, 30] });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const abort = new AbortController();
    const answer = post(emulator, abort.signal);
    while (emulator.pending() === 0) await turn();
    abort.abort();
    await expect(answer).rejects.toThrow('abort');
    expect(emulator.actions()).toHaveLength(0);
    vi.advanceTimersByTime(30);
    expect(emulator.actions()).toHaveLength(1);
  });

  it('closes at once, hanging requests or not', async () => {
    const emulator = await startEmulator({ faults: parseFaults('hang-before=1') });
    const answer = post(emulator);
    await until(() => emulator.stats().apis[0]?.requests === 1);
    await Promise.all([emulator.close(), expect(answer).rejects.toThrow('fetch failed')]);
  });
});

describe('the real msal-node', () => {
  const authority = `https://login.microsoftonline.com/${DEFAULT_OPTIONS.tenant}`;
  const authorityMetadata = ({ url, tokenEndpoint }: RunningEmulator): string =>
    JSON.stringify({
      token_endpoint: tokenEndpoint,
      device_authorization_endpoint: `${url}/${DEFAULT_OPTIONS.tenant}/oauth2/v2.0/devicecode`,
      issuer: `${authority}/v2.0`,
      authorization_endpoint: `${url}/authorize`,
      jwks_uri: `${url}/keys`,
    });

  it('gets a token by secret that the API accepts', async () => {
    const emulator = await start({ requireAuth: true });
    const { clientId, clientSecret } = DEFAULT_OPTIONS;
    const app = new ConfidentialClientApplication({
      auth: { clientId, clientSecret, authority, authorityMetadata: authorityMetadata(emulator) },
    });
    const result = await app.acquireTokenByClientCredential({ scopes: [`${DEFENDER}/.default`] });
    const headers = { authorization: `Bearer ${result?.accessToken}` };
    expect((await fetch(`${emulator.url}/api/machines`, { headers })).status).toBe(200);
    expect(emulator.stats().tokensIssued).toBe(1);
  });

  it('gets a token by device code', async () => {
    const emulator = await start({ requireAuth: true });
    const { clientId } = DEFAULT_OPTIONS;
    const app = new PublicClientApplication({ auth: { clientId, authority, authorityMetadata: authorityMetadata(emulator) } });
    const shown = vi.fn<() => void>();
    const result = await app.acquireTokenByDeviceCode({ scopes: [`${DEFENDER}/Machine.Read`], deviceCodeCallback: shown });
    expect(shown).toHaveBeenCalledOnce();
    const headers = { authorization: `Bearer ${result?.accessToken}` };
    expect((await fetch(`${emulator.url}/api/machines`, { headers })).status).toBe(200);
  });
});
