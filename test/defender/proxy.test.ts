import { execFile } from 'node:child_process';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createTransport, type HttpRequest, type HttpResult } from '../../src/http/transport.ts';
import { UsageError } from '../../src/core/errors.ts';
import { listen, makeCertificate, startProxy } from '../support/proxy.ts';

const API = 'https://api.example.test/api/machines';
const certificate = makeCertificate('api.example.test');
const authorities = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...authorities, certificate.cert]));
afterAll(() => setDefaultCACertificates(authorities));

describe('through a proxy', () => {
  it('requests go by one tunnel to the host, which is kept for the next', async () => {
    await using proxy = await startProxy({ port: await api() });
    const transport = transportOf({ HTTPS_PROXY: proxy.url });
    for (const _ of [1, 2, 3]) expect(await get(transport, API)).toMatchObject({ kind: 'response', body: 'GET /api/machines' });
    expect(proxy.asked).toEqual(['api.example.test:443']);
  });

  it('the name and password of its URL are given to it, and shown to nobody', async () => {
    await using proxy = await startProxy({ refuseWith: '407 Proxy Authentication Required' });
    const result = await get(transportOf({ https_proxy: `http://ada:hunter2@127.0.0.1:${proxy.port}` }), API);
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('ada:hunter2').toString('base64')}`]);
    expect(result).toMatchObject({ kind: 'no-connection', reason: expect.stringContaining('407 Proxy Authentication Required') });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('a refused tunnel is no connection', async () => {
    await using proxy = await startProxy({ refuseWith: '403 Forbidden' });
    expect(await get(transportOf({ HTTPS_PROXY: proxy.url }), API)).toMatchObject({
      kind: 'no-connection',
      reason: expect.stringContaining('403 Forbidden'),
    });
  });

  it('a proxy that is not there is no connection', async () => {
    const proxy = await startProxy({});
    await proxy[Symbol.asyncDispose]();
    expect(await get(transportOf({ HTTPS_PROXY: proxy.url }), API)).toMatchObject({
      kind: 'no-connection',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('a time-out while the tunnel is built is no connection', async () => {
    await using proxy = await startProxy({ silent: true });
    const result = await get(transportOf({ HTTPS_PROXY: proxy.url }), API, { timeoutMs: 50 });
    expect(result.kind).toBe('no-connection');
  });

  it('an abort behind the tunnel is a lost answer', async () => {
    const stop = new AbortController();
    await using proxy = await startProxy({ port: await api({ onRequest: () => stop.abort() }) });
    const result = await get(transportOf({ HTTPS_PROXY: proxy.url }), API, { signal: stop.signal });
    expect(result).toEqual({ kind: 'lost', reason: 'aborted' });
  });

  it('a certificate that nobody trusts is no connection, and nothing is sent', async () => {
    await using proxy = await startProxy({ port: await api({ certificate: makeCertificate('api.example.test') }) });
    const result = await get(transportOf({ HTTPS_PROXY: proxy.url }), API);
    expect(result).toMatchObject({ kind: 'no-connection', reason: expect.stringContaining('SELF_SIGNED') });
  });

  it('loopback is never reached, whatever the environment says', async () => {
    await using proxy = await startProxy({});
    const server = createHttpServer((_request, response) => response.end('direct'));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${await listen(server)}/`;
    expect(await get(transportOf({ HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url }), url)).toMatchObject({
      kind: 'response',
      body: 'direct',
    });
    expect(proxy.asked).toEqual([]);
  });

  it('hosts of NO_PROXY are not reached', async () => {
    await using proxy = await startProxy({});
    const result = await get(transportOf({ HTTPS_PROXY: proxy.url, NO_PROXY: '.invalid' }), 'https://nowhere.invalid/');
    expect(result).toMatchObject({ kind: 'no-connection', reason: expect.stringMatching(/ENOTFOUND|EAI_AGAIN|no connection within/) });
    expect(proxy.asked).toEqual([]);
  });

  it.each(['proxy.example:3128', 'socks5://proxy.example', 'http://user:hunter2@', 'http://%zz:hunter2@proxy'])(
    '%s cannot be gone, and that is said at once without the password',
    (value) => {
      expect(() => createTransport({ env: { HTTPS_PROXY: value } })).toThrow(UsageError);
      expect(() => createTransport({ env: { HTTPS_PROXY: value } })).toThrow(
        /^HTTPS_PROXY is not a URL that begins with http:\/\/ or https:\/\/$/,
      );
    },
  );
});

describe('in a process of its own', () => {
  it('an API behind a proxy is reached with the authority of NODE_EXTRA_CA_CERTS, and not without', async () => {
    await using proxy = await startProxy({ port: await api() });
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    const authority = join(folder.path, 'ca.pem');
    await writeFile(authority, certificate.cert);
    const env = { HTTPS_PROXY: proxy.url };
    expect(await inChild({ ...env, NODE_EXTRA_CA_CERTS: authority })).toMatchObject({
      kind: 'response',
      status: 200,
      body: 'GET /api/machines',
    });
    expect(await inChild(env)).toMatchObject({ kind: 'no-connection' });
    expect(proxy.asked).toEqual(['api.example.test:443', 'api.example.test:443']);
  });
});

async function inChild(env: NodeJS.ProcessEnv): Promise<unknown> {
  const code = `
    import { createTransport } from ${JSON.stringify(new URL('../../src/http/transport.ts', import.meta.url).href)};
    const transport = createTransport({ env: process.env });
    const result = await transport.send({ method: 'GET', url: new URL('${API}'), headers: {}, timeoutMs: 10000 });
    transport.close();
    console.log(JSON.stringify(result));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { env });
  return JSON.parse(stdout);
}

function transportOf(env: NodeJS.ProcessEnv): ReturnType<typeof createTransport> {
  const transport = createTransport({ env });
  onTestFinished(() => transport.close());
  return transport;
}

function get(transport: ReturnType<typeof createTransport>, url: string, more: Partial<HttpRequest> = {}): Promise<HttpResult> {
  return transport.send({ method: 'GET', url: new URL(url), headers: {}, timeoutMs: 5000, ...more });
}

async function api(options: { onRequest?: () => void; certificate?: { key: string; cert: string } } = {}): Promise<number> {
  const server = createServer(options.certificate ?? certificate, (request, response) => {
    if (options.onRequest === undefined) response.end(`${request.method} ${request.url}`);
    else options.onRequest();
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return listen(server);
}
