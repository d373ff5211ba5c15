/** A file behind a link: streamed to disk as it comes, counted and hashed on its way, never held in memory. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../core/errors.ts';
import type { FileResult } from '../core/packages.ts';
import { isLoopback } from './loopback.ts';

export interface FileRequest {
  /** Https, or http on loopback. No bearer is ever sent: the link itself is the permission. */
  readonly url: string;
  /** Where it goes; what stands there is removed first, a link too, and left half written when it fails. */
  readonly file: string;
  readonly maxBytes: number;
  /** Without a byte for so long it is given up, ms. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up. */
  readonly env?: NodeJS.ProcessEnv;
}

const MAX_REDIRECTS = 3;
/** What every zip archive begins with; a page that says "Expired token" does not, whatever its status. */
const ZIP = Buffer.from('PK');

/** Never throws or rejects for anything the network, the other side or the disk does. */
export async function fetchZip(request: FileRequest): Promise<FileResult> {
  const { url, env = {} } = request;
  const agents = { http: new HttpAgent({ proxyEnv: env }), https: new HttpsAgent({ proxyEnv: env }) };
  const local = { http: new HttpAgent(), https: new HttpsAgent() };
  try {
    return await follow(request, new URL(url), (target) => (isLoopback(target.hostname) ? local : agents));
  } catch (error) {
    return { kind: 'failed', why: error instanceof TooBigError ? error.message : shortReason(error) };
  } finally {
    for (const agent of [agents.http, agents.https, local.http, local.https]) agent.destroy();
  }
}

type Agents = (target: URL) => { readonly http: HttpAgent; readonly https: HttpsAgent };

async function follow(request: FileRequest, first: URL, agents: Agents): Promise<FileResult> {
  let target = first;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    if (!isSafe(target)) return { kind: 'failed', why: `a link to ${target.protocol}//${target.hostname} is not followed: only https is` };
    const incoming = await answer(request, target, agents(target));
    const to = isRedirect(incoming) ? URL.parse(incoming.headers.location ?? '', target.href) : null;
    if (!to) return taken(request, incoming);
    incoming.destroy();
    target = to;
  }
  return { kind: 'failed', why: 'too many redirects' };
}

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function isRedirect({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 300 && statusCode < 400;
}

function answer({ signal, idleMs }: FileRequest, url: URL, agents: ReturnType<Agents>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { signal, timeout: idleMs, headers: { accept: '*/*' } };
    const outgoing =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, agent: agents.https })
        : httpRequest(url, { ...options, agent: agents.http });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`nothing came for ${idleMs} ms`)));
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const GONE = new Set([400, 401, 403, 404, 410]);

async function taken(request: FileRequest, incoming: IncomingMessage): Promise<FileResult> {
  const { statusCode = 0, headers } = incoming;
  const length = Number(headers['content-length'] ?? 0);
  if (statusCode !== 200 || length > request.maxBytes) {
    incoming.destroy();
    if (statusCode === 200) return { kind: 'too-big', why: tooBig(request.maxBytes) };
    return { kind: GONE.has(statusCode) ? 'expired' : 'failed', why: `HTTP ${statusCode}` };
  }
  const meter = new Meter(request.maxBytes);
  try {
    // Never through a link that somebody put there: one that is there again is an error.
    await rm(request.file, { force: true });
    const file = createWriteStream(request.file, { flags: 'wx', flush: true, mode: 0o600 });
    await pipeline(incoming, meter, file, { signal: request.signal });
  } catch (error) {
    if (error instanceof TooBigError) return { kind: 'too-big', why: error.message };
    if (error instanceof NoZipError) return { kind: 'expired', why: error.message };
    throw error;
  }
  if (meter.bytes < ZIP.length) return { kind: 'expired', why: 'an empty answer' };
  return { kind: 'file', bytes: meter.bytes, sha256: meter.digest() };
}

class TooBigError extends Error {}
class NoZipError extends Error {}

function tooBig(maxBytes: number): string {
  return `the package is larger than ${maxBytes} bytes`;
}

/** Counts and hashes what goes through, and stops what is too much or no archive. */
class Meter extends Transform {
  readonly #hash = createHash('sha256');
  readonly #maxBytes: number;
  #head = Buffer.alloc(0);
  bytes = 0;

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  digest(): string {
    return this.#hash.digest('hex');
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    this.#hash.update(chunk);
    if (this.#head.length < ZIP.length) this.#head = Buffer.concat([this.#head, chunk.subarray(0, ZIP.length)]);
    if (this.bytes > this.#maxBytes) done(new TooBigError(tooBig(this.#maxBytes)));
    else if (this.#head.length >= ZIP.length && !this.#head.subarray(0, ZIP.length).equals(ZIP))
      done(new NoZipError('no archive: the link may have expired'));
    else done(null, chunk);
  }
}

/** In one short line, without the link: it is a secret. */
function shortReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code || (messageOf(error).split('\n', 1)[0] ?? '').replaceAll(/https?:\/\/\S+/g, '[link]').slice(0, 200);
}
