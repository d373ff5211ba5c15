import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdtempDisposable, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileResult } from '../../src/core/packages.ts';
import { fetchZip, type FileRequest } from '../../src/http/fetch-file.ts';

const ZIP = Buffer.concat([Buffer.from('PK'), randomBytes(300_000)]);

interface Fetched {
  readonly result: FileResult;
  readonly content: Buffer | undefined;
  readonly headers: readonly object[];
}

async function fetched(
  answer: RequestListener,
  { before, ...overrides }: Partial<FileRequest> & { before?: (file: string) => Promise<void> } = {},
): Promise<Fetched> {
  const headers: object[] = [];
  const server = createServer((request, response) => {
    headers.push(request.headers);
    answer(request, response);
  });
  await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready));
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-fetch-'));
  const file = join(folder.path, 'x.part');
  await before?.(file);
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  try {
    const signal = new AbortController().signal;
    const result = await fetchZip({
      url: `http://127.0.0.1:${port}/a?token=s3cret-token`,
      file,
      maxBytes: 1e6,
      idleMs: 5000,
      signal,
      ...overrides,
    });
    return { result, headers, content: await readFile(file).catch(() => undefined) };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('a package behind a link', () => {
  it('goes to the disk as it is, with its sum, and no bearer is sent', async () => {
    const { result, content, headers } = await fetched((_, response) => response.end(ZIP));
    expect(result).toEqual({ kind: 'file', bytes: ZIP.length, sha256: createHash('sha256').update(ZIP).digest('hex') });
    expect(content?.equals(ZIP)).toBe(true);
    expect(headers).toHaveLength(1);
    expect(headers[0]).not.toHaveProperty('authorization');
  });

  it('takes the place of a link that somebody put there, and leaves alone what that leads to', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-fetch-'));
    const victim = join(folder.path, 'victim');
    await writeFile(victim, 'precious');
    const { result, content } = await fetched((_, response) => response.end(ZIP), {
      before: async (file) => {
        await symlink(victim, file);
        expect((await lstat(file)).isSymbolicLink()).toBe(true);
      },
    });
    expect(result).toMatchObject({ kind: 'file' });
    expect(content?.equals(ZIP)).toBe(true);
    expect(await readFile(victim, 'utf8')).toBe('precious');
  });

  it('is found where its first bytes come one by one, and through a redirect', async () => {
    const slow = await fetched((_, response) => {
      response.write('P');
      setImmediate(() => response.end('K\u0003\u0004'));
    });
    expect(slow.result).toMatchObject({ kind: 'file', bytes: 4 });
    const moved = await fetched((request, response) => {
      if (request.url === '/b') response.end(ZIP);
      else response.writeHead(302, { location: '/b' }).end();
    });
    expect(moved.result).toMatchObject({ kind: 'file' });
    expect((await fetched((_, response) => response.writeHead(302, { location: '/a' }).end())).result).toMatchObject({
      why: 'too many redirects',
    });
  });

  it('is never looked for where others may listen', async () => {
    for (const url of ['http://example.com/x', 'ftp://127.0.0.1/x'])
      expect((await fetched((_, response) => response.end(ZIP), { url })).result).toMatchObject({
        kind: 'failed',
        why: expect.stringContaining('only https'),
      });
    const moved = await fetched((_, response) => response.writeHead(302, { location: 'http://example.com/?token=s3cret-token' }).end());
    expect(moved.result).toMatchObject({ kind: 'failed', why: expect.not.stringContaining('s3cret') });
  });

  it.each([401, 403, 404, 410])('is behind an expired link when the answer is %d', async (status) => {
    expect((await fetched((_, response) => response.writeHead(status).end('Expired token'))).result).toMatchObject({ kind: 'expired' });
  });

  it('is behind an expired link when what comes is no archive, or nothing', async () => {
    expect((await fetched((_, response) => response.end('{"Message":"Expired token"}'))).result.kind).toBe('expired');
    expect((await fetched((_, response) => response.end())).result.kind).toBe('expired');
  });

  it('is refused when it is too big, said beforehand or not', async () => {
    const announced = await fetched((_, response) => response.writeHead(200, { 'content-length': ZIP.length }).end(ZIP), {
      maxBytes: 1000,
    });
    expect(announced).toMatchObject({ result: { kind: 'too-big' }, content: undefined });
    const chunked = await fetched(
      (_, response) => {
        response.write(ZIP);
        response.end();
      },
      { maxBytes: 1000 },
    );
    expect(chunked.result).toEqual({ kind: 'too-big', why: 'the package is larger than 1000 bytes' });
  });

  it('is worth another try when the connection breaks, goes silent, or the server is ill', async () => {
    const cut = await fetched((_, response) => {
      response.writeHead(200, { 'content-length': ZIP.length });
      response.write(ZIP.subarray(0, 1000), () => response.destroy());
    });
    expect(cut.result.kind).toBe('failed');
    expect((await fetched((_, response) => response.writeHead(503).end())).result).toEqual({ kind: 'failed', why: 'HTTP 503' });
    const silent = await fetched((_, response) => void response.write('PK'), { idleMs: 50 });
    expect(silent.result).toMatchObject({ kind: 'failed' });
    expect((await fetched(() => {}, { file: '/proc/none/x', idleMs: 50 })).result.kind).toBe('failed');
  });

  it('is given up when the run is stopped', async () => {
    const stop = new AbortController();
    const { result } = await fetched((_, response) => response.write('PK', () => stop.abort()), { signal: stop.signal });
    expect(result.kind).toBe('failed');
  });
});
