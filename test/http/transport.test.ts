import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTransport, type HttpRequest, type HttpResult, type TransportOptions } from '../../src/http/transport.ts';
import { listen, makeCertificate } from '../support/proxy.ts';

const trusted = makeCertificate('localhost');
const untrusted = makeCertificate('localhost');
const authorities = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...authorities, trusted.cert]));
afterAll(() => setDefaultCACertificates(authorities));

describe('an answer', () => {
  it('comes back with its status, headers in lower case and body', async () => {
    const url = await serve((request, response) => {
      void Array.fromAsync(request).then((chunks) =>
        response.writeHead(201, { 'Retry-After': '7' }).end(`got ${request.headers['content-length']} ${chunks.join('')} é`),
      );
    });
    const result = await send({ method: 'POST', url, body: '{"Comment":"é"}' });
    expect(result).toMatchObject({ kind: 'response', status: 201, headers: { 'retry-after': '7' }, body: 'got 16 {"Comment":"é"} é' });
  });

  it.each([
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('is unpacked where it comes packed by %s, though nobody asked for it', async (encoding, pack) => {
    const url = await serve((_request, response) => response.writeHead(200, { 'content-encoding': encoding }).end(pack('{"Comment":"é"}')));
    expect(await send({ url })).toMatchObject({ kind: 'response', status: 200, body: '{"Comment":"é"}' });
  });

  it('is not followed when it is a redirect', async () => {
    const url = await serve((_request, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end());
    expect(await send({ url })).toMatchObject({ kind: 'response', status: 307 });
  });

  it('over TLS is had when the certificate is trusted', async () => {
    const { url } = await serveTls(trusted);
    expect(await send({ url })).toMatchObject({ kind: 'response', body: 'hello' });
  });

  it.each([
    ['ends with its connection', ''],
    ['has a length and the connection ends', 'content-length: 3000000\r\n'],
  ])('is whole when its body %s', async (_name, header) => {
    const body = 'x'.repeat(3_000_000);
    const url = await serveTcp((socket) =>
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${header}connection: close\r\n\r\n${body}`)),
    );
    const result = await send({ url }, { maxBodyBytes: 4_000_000 });
    expect(result).toMatchObject({ kind: 'response', status: 200 });
    expect(result.kind === 'response' && result.body.length).toBe(body.length);
  });

  it('is had by each of many requests at once', async () => {
    const url = await serve((request, response) => response.end(request.url));
    const transport = makeTransport({ maxSockets: 4 });
    const results = await Promise.all(Array.from({ length: 40 }, (_, i) => transport.send(requestOf({ url: new URL(`/${i}`, url) }))));
    expect(results.map((result) => result.kind === 'response' && result.body)).toEqual(results.map((_, i) => `/${i}`));
  });
});

describe('no connection', () => {
  it('is what a refused one is', async () => {
    expect(await send({ url: await closedPort() })).toMatchObject({
      kind: 'no-connection',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('is what a name without an address is', async () => {
    expect(await send({ url: new URL('http://nowhere.invalid/') })).toMatchObject({
      kind: 'no-connection',
      reason: expect.stringMatching(/ENOTFOUND|EAI_AGAIN|no connection within/),
    });
  });

  it('is what a certificate that nobody trusts leads to, and nothing is sent', async () => {
    const { url, requests } = await serveTls(untrusted);
    expect(await send({ method: 'POST', url, body: '{}' })).toMatchObject({
      kind: 'no-connection',
      reason: expect.stringMatching(/^self-signed certificate.* \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/),
    });
    expect(requests).toEqual([]);
  });

  it('is what a handshake with a server that speaks no TLS leads to', async () => {
    const url = await serve((_request, response) => response.end());
    const result = await send({ url: new URL(url.href.replace('http:', 'https:')) });
    expect(result).toMatchObject({ kind: 'no-connection', reason: expect.stringMatching(/^[^\n]{5,200}$/) });
  });

  it('is what a time-out during the handshake leads to', async () => {
    const url = await serveTcp(() => undefined);
    const result = await send({ url: new URL(url.href.replace('http:', 'https:')), timeoutMs: 50 });
    expect(result).toEqual({ kind: 'no-connection', reason: 'no connection within 50 ms' });
  });

  it('is what a reset during the handshake leads to', async () => {
    const url = await serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await send({ url: new URL(url.href.replace('http:', 'https:')) })).toMatchObject({ kind: 'no-connection' });
  });

  it('is what an abort during the handshake leads to', async () => {
    const stop = new AbortController();
    const url = await serveTcp(() => stop.abort());
    const result = await send({ url: new URL(url.href.replace('http:', 'https:')), signal: stop.signal });
    expect(result).toEqual({ kind: 'no-connection', reason: 'aborted' });
  });

  it('is what an abort before sending leads to', async () => {
    expect(await send({ url: await closedPort(), signal: AbortSignal.abort() })).toMatchObject({ kind: 'no-connection' });
  });

  it('is what a time-out while waiting for a free connection leads to', async () => {
    const seen: string[] = [];
    const url = await serve((request) => void seen.push(request.url ?? ''));
    const stop = new AbortController();
    const transport = makeTransport({ maxSockets: 1 });
    const first = transport.send(requestOf({ url: new URL('/first', url), signal: stop.signal }));
    const second = await transport.send(requestOf({ url: new URL('/second', url), timeoutMs: 300 }));
    expect(second.kind).toBe('no-connection');
    stop.abort();
    expect((await first).kind).toBe('lost');
    expect(seen).toEqual(['/first']);
  });
});

describe('a lost answer', () => {
  it('is what a time-out after the connection stood leads to', async () => {
    const url = await serve(() => undefined);
    expect(await send({ url, timeoutMs: 300 })).toEqual({ kind: 'lost', reason: 'no whole answer within 300 ms' });
  });

  it('is what an abort over TLS after the handshake leads to', async () => {
    const stop = new AbortController();
    const { url } = await serveTls(trusted, () => stop.abort());
    expect(await send({ url, signal: stop.signal })).toEqual({ kind: 'lost', reason: 'aborted' });
  });

  it('is what a time-out in the middle of the body leads to', async () => {
    const url = await serve((_request, response) => response.writeHead(201, { 'content-length': '100' }).write('{"id":'));
    expect(await send({ url, timeoutMs: 300 })).toEqual({ kind: 'lost', reason: 'no whole answer within 300 ms' });
  });

  it('is what a reset after sending leads to', async () => {
    const url = await serve((request) => request.socket.resetAndDestroy());
    expect(await send({ url })).toMatchObject({ kind: 'lost', reason: expect.stringContaining('ECONNRESET') });
  });

  it('is what an abort after sending leads to', async () => {
    const stop = new AbortController();
    const url = await serve(() => stop.abort());
    expect(await send({ url, signal: stop.signal })).toEqual({ kind: 'lost', reason: 'aborted' });
  });

  it.each([
    ['its length says', 'HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{"id":'],
    ['its chunks say', 'HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"id"\r\n'],
  ])('is what a body shorter than %s is', async (_name, raw) => {
    const url = await serveTcp((socket) => socket.once('data', () => socket.end(raw)));
    expect(await send({ url })).toEqual({ kind: 'lost', reason: 'the answer was cut short' });
  });

  it.each([
    ['no HTTP', 'what?\r\n\r\n'],
    ['nothing', ''],
    ['an upgrade that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
  ])('is what %s is', async (_name, raw) => {
    const url = await serveTcp((socket) => socket.once('data', () => socket.end(raw)));
    expect((await send({ url })).kind).toBe('lost');
  });

  it('is what a body longer than any honest one is', async () => {
    const url = await serve((_request, response) => response.end('x'.repeat(2000)));
    expect(await send({ url }, { maxBodyBytes: 1000 })).toEqual({ kind: 'lost', reason: 'the answer is longer than 1000 bytes' });
    expect(await send({ url }, { maxBodyBytes: 2000 })).toMatchObject({ kind: 'response' });
  });

  it('is what a body is whose length alone says that it is too long, and none of it is read', async () => {
    const url = await serve((_request, response) => response.writeHead(200, { 'content-length': '1001' }).flushHeaders());
    expect(await send({ url }, { maxBodyBytes: 1000 })).toEqual({ kind: 'lost', reason: 'the answer is longer than 1000 bytes' });
  });

  it('is what a packed body is that ends too early, is none, or unpacks to more than any honest one', async () => {
    const bodies: Record<string, Buffer> = {
      '/cut': gzipSync('{"a":1}').subarray(0, -9),
      '/none': Buffer.from('{"a":1}'),
      '/bomb': gzipSync(Buffer.alloc(50_000_000)),
    };
    const url = await serve((request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bodies[request.url ?? '']));
    for (const path of Object.keys(bodies)) expect((await send({ url: new URL(path, url) })).kind).toBe('lost');
  });

  it('is what becomes of a request in flight when the transport is closed', async () => {
    const transport = makeTransport();
    const url = await serve(() => transport.close());
    expect((await transport.send(requestOf({ url }))).kind).toBe('lost');
  });

  it('on a connection used before is lost too, though no new one was made', async () => {
    const stop = new AbortController();
    const url = await serve((request, response) => (request.url === '/slow' ? stop.abort() : response.end()));
    const transport = makeTransport({ maxSockets: 1 });
    await transport.send(requestOf({ url }));
    const result = await transport.send(requestOf({ url: new URL('/slow', url), signal: stop.signal }));
    expect(result.kind).toBe('lost');
  });

  it('tells nothing of the query or the headers', async () => {
    const url = await serve((request) => request.socket.resetAndDestroy());
    const result = await send({ url: new URL('/?secret=hunter2', url), headers: { authorization: 'Bearer hunter2' } });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
});

describe('an answer of 60 MB', () => {
  const PIECE = Buffer.alloc(64 * 1024, 'x');
  /** Answers with 60 MB and counts what it could get rid of. */
  const flood = async (): Promise<{ url: URL; sent: () => number }> => {
    let sent = 0;
    const url = await serve((_request, response) => {
      response.writeHead(201).on('error', () => {});
      const more = (): void => {
        while (!response.destroyed && sent < 20 * 60_000_000 && response.write(PIECE)) sent += PIECE.length;
      };
      response.on('drain', more);
      more();
    });
    return { url, sent: () => sent };
  };

  it('is read by its beginning where that is enough, by each of 20 at once, and the rest is never sent', async () => {
    const { url, sent } = await flood();
    const transport = makeTransport();
    const request = requestOf({ url, method: 'POST', body: '{}', limit: { bytes: 100_000, longer: 'cut' } });
    const results = await Promise.all(Array.from({ length: 20 }, () => transport.send(request)));
    for (const result of results) expect(result).toMatchObject({ kind: 'response', status: 201, isCut: true });
    expect(results.map((result) => result.kind === 'response' && result.body.length)).toEqual(Array(20).fill(100_000));
    expect(sent()).toBeLessThan(20 * 10_000_000);
  });

  it('is lost where a part of it is nothing', async () => {
    const { url } = await flood();
    expect(await send({ url })).toEqual({ kind: 'lost', reason: 'the answer is longer than 1048576 bytes' });
  });

  it('leaves no text behind where it is lost, however often it comes', async () => {
    const { url } = await flood();
    const transport = makeTransport({ maxBodyBytes: 24 * 1024 * 1024 });
    const before = process.memoryUsage().heapTotal;
    for (let round = 0; round < 3; round += 1)
      await Promise.all([1, 2].map(async () => expect((await transport.send(requestOf({ url }))).kind).toBe('lost')));
    expect(process.memoryUsage().heapTotal - before).toBeLessThan(60_000_000);
  });

  it('is cut between two characters', async () => {
    const url = await serve((_request, response) => response.end('é'.repeat(100)));
    const result = await send({ url, limit: { bytes: 7, longer: 'cut' } });
    expect(result).toMatchObject({ body: 'ééé', isCut: true });
  });
});

describe('NODE_TLS_REJECT_UNAUTHORIZED=0', () => {
  it('does not make a certificate good that nobody trusts', async () => {
    const { url, requests } = await serveTls(untrusted);
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await send({ method: 'POST', url, body: '{}' })).toMatchObject({ kind: 'no-connection' });
    expect(requests).toEqual([]);
  });
});

describe('a time-out of 30 days', () => {
  it('is not over at once', async () => {
    const url = await serve((_request, response) => response.end('in time'));
    expect(await send({ url, timeoutMs: 30 * 86_400_000 })).toMatchObject({ kind: 'response', body: 'in time' });
  });
});

describe('an idle connection', () => {
  it('is used again', async () => {
    expect(await connectionsOfTwo('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')).toBe(1);
  });

  it('is not used again when the server says that it will close it within a second', async () => {
    expect(await connectionsOfTwo('HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 0\r\n\r\n')).toBe(2);
  });

  it('is closed from this side, before a server that waits longer does', { timeout: 15_000 }, async () => {
    const closed = Promise.withResolvers<string>();
    const url = await serveTcp((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
      socket.on('end', () => closed.resolve('by the client'));
    });
    expect(await send({ url, timeoutMs: 30_000 })).toMatchObject({ kind: 'response' });
    expect(await closed.promise).toBe('by the client');
  });
});

async function connectionsOfTwo(answer: string): Promise<number> {
  let connections = 0;
  const url = await serveTcp((socket) => {
    connections += 1;
    socket.on('data', () => socket.write(answer));
  });
  const transport = makeTransport();
  await transport.send(requestOf({ url }));
  await transport.send(requestOf({ url }));
  return connections;
}

function requestOf(request: Partial<HttpRequest>): HttpRequest {
  return { method: 'GET', url: new URL('http://127.0.0.1/'), headers: {}, timeoutMs: 5000, ...request };
}

function makeTransport(options?: TransportOptions): ReturnType<typeof createTransport> {
  const transport = createTransport(options);
  onTestFinished(() => transport.close());
  return transport;
}

function send(request: Partial<HttpRequest>, options?: TransportOptions): Promise<HttpResult> {
  return makeTransport(options).send(requestOf(request));
}

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  return new URL(`http://127.0.0.1:${await listenUntilTheEnd(server)}/`);
}

async function serveTls(
  certificate: { key: string; cert: string },
  listener: RequestListener = (_request, response) => response.end('hello'),
): Promise<{ url: URL; requests: string[] }> {
  const requests: string[] = [];
  const server = createTlsServer(certificate, (request, response) => {
    requests.push(request.method ?? '');
    listener(request, response);
  });
  return { url: new URL(`https://localhost:${await listenUntilTheEnd(server)}/`), requests };
}

async function listenUntilTheEnd(server: Server): Promise<number> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return listen(server);
}

async function serveTcp(onConnection: (socket: Socket) => void): Promise<URL> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    onConnection(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new URL(`http://127.0.0.1:${await listen(server)}/`);
}

async function closedPort(): Promise<URL> {
  const server = createTcpServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return new URL(`http://127.0.0.1:${port}/`);
}
