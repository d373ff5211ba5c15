/**
 * Nothing secret leaves: not on the screen, not in the log, not in the state or a report, not where processes are listed.
 * The other side here is as careless as it can be: whatever it answers repeats the request, token and all.
 */
import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { machineId } from '../support/builders.ts';
import type { CliResult } from '../support/cli.ts';
import { listen } from '../support/proxy.ts';
import { startCordon } from '../support/started.ts';
import { unsignedJwt } from '../support/token-server.ts';

const SECRET = 'S3cret~with+odd/characters=';
const APP = { AZURE_TENANT_ID: 'contoso.example', AZURE_CLIENT_ID: '99999999-8888-7777-6666-555555555555' };

interface Careless {
  readonly url: string;
  /** Every token handed out, and every secret and assertion received. */
  readonly heard: Set<string>;
}

/** A sign-in service and an API in one; the token is opaque, so that no pattern helps to hide it. */
async function careless(): Promise<Careless> {
  const heard = new Set<string>();
  const server = createServer((request, response) => void answer(request, response, heard));
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, heard };
}

async function answer(request: IncomingMessage, response: ServerResponse, heard: Set<string>): Promise<void> {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
  if (request.url?.includes('/oauth2/')) return signIn(new URLSearchParams(body), response, heard);
  const said = `${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`;
  const [status, text] = answers(request.url ?? '', said);
  response.writeHead(status).end(text);
}

function signIn(form: URLSearchParams, response: ServerResponse, heard: Set<string>): void {
  for (const name of ['client_secret', 'client_assertion']) heard.add(form.get(name) ?? '');
  const token = `opaque-token-${heard.size}-of-the-sign-in`;
  heard.add(token);
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ token_type: 'Bearer', expires_in: 3599, access_token: token }));
}

/** By machine: a refusal, a gateway's page, words where an action should be, a refusal for lack of rights. Reads: a page too. */
function answers(url: string, said: string): [number, string] {
  const error = (code: string): string => JSON.stringify({ error: { code, message: said, target: said } });
  if (url.includes(machineId(1))) return [400, error('InvalidRequestBody')];
  if (url.includes(machineId(2))) return [502, `<html>${said}</html>`];
  if (url.includes(machineId(3))) return [201, said];
  if (url.includes(machineId(4))) return [403, error('Forbidden')];
  return [500, said];
}

/** Everything that a run leaves behind or shows, by name. */
async function traces(folder: string, ended: CliResult, title: string): Promise<Map<string, string>> {
  const found = new Map([
    ['stdout', ended.stdout],
    ['stderr', ended.stderr],
    ['title', title],
  ]);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) found.set(entry.name, await readFile(join(entry.parentPath, entry.name), 'latin1'));
  return found;
}

async function tracesOf(
  env: NodeJS.ProcessEnv,
  files: Readonly<Record<string, string>> = {},
): Promise<{ found: Map<string, string>; heard: Set<string> }> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
  await using elsewhere = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
  const { url, heard } = await careless();
  for (const [name, text] of Object.entries(files)) await writeFile(join(elsewhere.path, name), text);
  const places = Object.fromEntries(Object.keys(files).map((name) => [name, join(elsewhere.path, name)]));
  const ids = [1, 2, 3, 4, 5].map(machineId);
  const args = ['run', 'restrict', ...ids.flatMap((id) => ['--machine', id]), '--comment', 'INC-7', '--yes', '--api-url', url];
  const pace = [
    '--rate',
    '6000/1m,360000/1h',
    '--read-lag',
    '10ms',
    '--retries',
    '0',
    '--outage',
    '3s',
    '--max-errors',
    '100%',
    '--log-level',
    'trace',
  ];
  const started = startCordon([...args, ...pace], {
    cwd: folder.path,
    env: {
      HOME: folder.path,
      AZURE_AUTHORITY_HOST: url,
      CORDON_NOTIFY_URL: `${url}/hook?sig=address-of-the-hook`,
      HTTPS_PROXY: 'http://ana:pass-of-the-proxy@127.0.0.1:9',
      ...APP,
      ...env,
      ...places,
    },
  });
  await started.printed(/run\.begin/);
  const title = await readFile(`/proc/${started.process.pid}/cmdline`, 'latin1');
  const found = await traces(folder.path, await started.ended, title);
  for (const value of ['address-of-the-hook', 'pass-of-the-proxy']) heard.add(value);
  heard.delete('');
  return { found, heard };
}

function expectNone(found: ReadonlyMap<string, string>, secrets: Iterable<string>): void {
  const forms = [...secrets].flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]);
  const leaks = [...found].flatMap(([name, text]) => forms.filter((form) => text.includes(form)).map((form) => `${form} in ${name}`));
  expect(leaks).toEqual([]);
}

describe('a run against a careless server', () => {
  it('keeps the client secret and the token to itself', async () => {
    const { found, heard } = await tracesOf({ AZURE_CLIENT_SECRET: SECRET });
    expect([...heard]).toEqual(expect.arrayContaining([SECRET, expect.stringContaining('opaque-token')]));
    expect([...found.keys()]).toEqual(expect.arrayContaining(['stdout', 'stderr', 'title', 'state.db', 'report.csv', 'report.json']));
    expectNone(found, heard);
    // What the server said is kept all the same, or a refusal could not be understood.
    expect(found.get('report.csv')).toContain('Bearer [hidden]');
    expect(found.get('state.db')).toContain('Bearer [hidden]');
  });

  it('keeps the federated token and the assertion to itself', async () => {
    const assertion = unsignedJwt({ sub: 'system:serviceaccount:security:cordon' });
    const { found, heard } = await tracesOf({}, { AZURE_FEDERATED_TOKEN_FILE: assertion });
    expect([...heard]).toContain(assertion);
    expectNone(found, heard);
  });

  it('keeps a token from the environment to itself, and the secrets that it does not use', async () => {
    const { found, heard } = await tracesOf({ CORDON_ACCESS_TOKEN: 'opaque-token-of-somebody', AZURE_CLIENT_SECRET: SECRET });
    expectNone(found, [...heard, 'opaque-token-of-somebody', SECRET]);
  });
});
