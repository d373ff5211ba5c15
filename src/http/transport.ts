/**
 * HTTP on node:http and node:https rather than fetch: they tell when the connection stood, which is what makes
 * "surely not sent" certain; they follow no redirect with a token in it, and cost less.
 */
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { StringDecoder } from 'node:string_decoder';
import { messageOf, UsageError } from '../core/errors.ts';
import { after, asTimeout } from '../system/after.ts';
import { isLoopback } from './loopback.ts';
import { unpacked } from './unpacked.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For everything together: connecting, the answer and its body. Milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** How much of a body is read; the transport's own measure if not told. */
  readonly limit?: BodyLimit;
}

export interface BodyLimit {
  readonly bytes: number;
  /** What a longer body is: its beginning (the rest is not read), or a lost answer. */
  readonly longer: 'cut' | 'lost';
}

export type HttpResult =
  | {
      readonly kind: 'response';
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      /** The body went on beyond the limit. */
      readonly isCut?: boolean;
    }
  /** No connection ever stood, so nothing was sent. */
  | { readonly kind: 'no-connection'; readonly reason: string }
  /** The request may have arrived, in part or whole; its effect is not known. */
  | { readonly kind: 'lost'; readonly reason: string };

export interface Transport {
  /** Never throws or rejects for anything the network or the other side does. */
  send(request: HttpRequest): Promise<HttpResult>;
  /** Closes the idle connections and breaks those in use. */
  close(): void;
}

export interface TransportOptions {
  /** Connections per host; default 64. */
  readonly maxSockets?: number;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up; default none, so no proxy. */
  readonly env?: NodeJS.ProcessEnv;
  /** A longer body counts as lost, where a request does not say otherwise; default 1 MiB. */
  readonly maxBodyBytes?: number;
}

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/**
 * Servers commonly close an idle connection after 5 s, and a POST sent just then is lost.
 * A server's own hint (Keep-Alive: timeout=N) makes it shorter; Node sees to that.
 */
const IDLE_MS = 4000;
const LONGEST_REASON = 200;

/**
 * A transport with connections kept alive, through the proxy that `env` names.
 * @throws UsageError when the environment names a proxy that cannot be used.
 */
export function createTransport(options: TransportOptions = {}): Transport {
  const { maxSockets = 64, env = {}, maxBodyBytes = 1024 * 1024 } = options;
  checkProxies(env);
  // Said here, certificates are checked whatever NODE_TLS_REJECT_UNAUTHORIZED says.
  const shared = { keepAlive: true, timeout: IDLE_MS, maxSockets, rejectUnauthorized: true };
  const direct: Agents = { http: new HttpAgent(shared), https: new HttpsAgent(shared) };
  const outward: Agents = { http: new HttpAgent({ ...shared, proxyEnv: env }), https: new HttpsAgent({ ...shared, proxyEnv: env }) };
  const usual: BodyLimit = { bytes: maxBodyBytes, longer: 'lost' };
  return {
    send: (request) => exchange(request, staysHere(request.url.hostname) ? direct : outward, request.limit ?? usual),
    close: () => {
      for (const agent of [direct.http, direct.https, outward.http, outward.https]) agent.destroy();
    },
  };
}

/** Loopback, and the link-local address that hands out managed identities, are never reached through a proxy. */
function staysHere(hostname: string): boolean {
  return isLoopback(hostname) || hostname.startsWith('169.254.');
}

/** Node would pass over a proxy that it cannot use and go straight out; and its own message may show the password. */
function checkProxies(env: NodeJS.ProcessEnv): void {
  for (const name of ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY']) {
    const value = env[name];
    if (value !== undefined && value !== '' && !isProxyUrl(value)) {
      throw new UsageError(`${name} is not a URL that begins with http:// or https://`);
    }
  }
}

function isProxyUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\/[^\r\n]+$/.test(text)) return false;
  try {
    decodeURIComponent(url.username + url.password);
    return true;
  } catch {
    return false;
  }
}

function exchange(request: HttpRequest, agents: Agents, limit: BodyLimit): Promise<HttpResult> {
  return new Promise((resolve) => {
    if (request.signal?.aborted === true) {
      resolve({ kind: 'no-connection', reason: 'aborted before it was sent' });
      return;
    }
    const outgoing = open(request, agents);
    let stood = false;
    let settled = false;
    const settle = (result: HttpResult): void => {
      if (settled) return;
      settled = true;
      callOff();
      request.signal?.removeEventListener('abort', onAbort);
      resolve(result);
    };
    // Destroying comes after settling: a request that still waits for its socket would tell of its end only then.
    const giveUp = (reason: string): void => {
      settle({ kind: stood ? 'lost' : 'no-connection', reason });
      outgoing.destroy();
    };
    const onAbort = (): void => giveUp('aborted');
    const callOff = after(request.timeoutMs, () => giveUp(timedOut(stood, request.timeoutMs)));
    request.signal?.addEventListener('abort', onAbort, { once: true });

    whenConnected(outgoing, () => {
      stood = true;
    });
    outgoing.on('error', (error) => giveUp(reasonOf(error)));
    const onClose = (): void => giveUp('the connection was closed without an answer');
    outgoing.on('close', onClose);
    outgoing.on('response', (incoming) => {
      // A body that ends with its connection is still being read when the connection closes.
      outgoing.off('close', onClose);
      readBody(incoming, limit, {
        settle,
        giveUp,
        enough: (result) => {
          settle(result);
          outgoing.destroy();
        },
      });
    });
    outgoing.end(request.body);
  });
}

/** The length is set by hand so that no body is ever sent in chunks. */
function open(request: HttpRequest, agents: Agents): ClientRequest {
  const { url, method, body, timeoutMs } = request;
  const headers = { ...request.headers, ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }) };
  // The time-out given here bounds the building of a proxy's tunnel, which else would get the idle time.
  return url.protocol === 'https:'
    ? httpsRequest(url, { method, headers, agent: agents.https, timeout: asTimeout(timeoutMs) })
    : httpRequest(url, { method, headers, agent: agents.http, timeout: asTimeout(timeoutMs) });
}

/** Calls back at the latest moment at which surely nothing has been sent yet. */
function whenConnected(outgoing: ClientRequest, connected: () => void): void {
  outgoing.once('socket', (socket: Socket) => {
    // Kept alive, or handed over with its proxy tunnel and handshake done.
    if (!socket.connecting) connected();
    else socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', connected);
  });
}

interface Ends {
  readonly settle: (result: HttpResult) => void;
  readonly giveUp: (reason: string) => void;
  /** Settles, and reads no more. */
  readonly enough: (result: HttpResult) => void;
}

/** Pieces stay bytes until the end: of an answer that is too long no text is ever made, and memory for bytes is given back sooner. */
function readBody(incoming: IncomingMessage, { bytes, longer }: BodyLimit, { settle, giveUp, enough }: Ends): void {
  const pieces: Buffer[] = [];
  let size = 0;
  const tooLong = (last: Buffer): void => {
    if (longer === 'cut') return enough(responseOf(incoming, textOf([...pieces, last]), true));
    pieces.length = 0;
    giveUp(`the answer is longer than ${bytes} bytes`);
  };
  if (longer === 'lost' && Number(incoming.headers['content-length']) > bytes) return tooLong(Buffer.alloc(0));
  const body = unpacked(incoming);
  body.on('data', (chunk: Buffer) => {
    const room = bytes - size;
    size += chunk.length;
    if (chunk.length > room) tooLong(chunk.subarray(0, Math.max(0, room)));
    else pieces.push(chunk);
  });
  body.on('end', () => {
    if (incoming.complete) settle(responseOf(incoming, textOf(pieces, true), false));
  });
  // Both come after a whole body, too, and then change nothing any more.
  for (const event of ['error', 'close']) body.on(event, () => giveUp('the answer was cut short'));
}

/** The pieces as text; a character that is cut off at the end is left out, unless they are all there is. */
function textOf(pieces: readonly Buffer[], isAll = false): string {
  const decoder = new StringDecoder('utf8');
  return pieces.map((piece) => decoder.write(piece)).join('') + (isAll ? decoder.end() : '');
}

function responseOf(incoming: IncomingMessage, body: string, isCut: boolean): HttpResult {
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  return { kind: 'response', status: incoming.statusCode ?? 0, headers: Object.fromEntries(headers), body, ...(isCut && { isCut }) };
}

function timedOut(stood: boolean, ms: number): string {
  return stood ? `no whole answer within ${ms} ms` : `no connection within ${ms} ms`;
}

/** The error in one short line: of several addresses tried the first, of OpenSSL's text its reason. */
function reasonOf(error: Error & { code?: string; reason?: unknown }): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return reasonOf(error.errors[0]);
  const text = typeof error.reason === 'string' ? error.reason : (messageOf(error).split('\n')[0] ?? '');
  const code = error.code !== undefined && !text.includes(error.code) ? ` (${error.code})` : '';
  return `${text.slice(0, LONGEST_REASON)}${code}`;
}
