/** The real API: builds requests, and turns what the transport saw into answers. */
import type { Api, Bearer } from '../core/ports.ts';
import type { Answer } from '../core/types.ts';
import type { Transport } from '../http/transport.ts';

export interface ClientOptions {
  /** Scheme and host; the prefix `/api` is added. The token is sent nowhere else. */
  readonly origin: string;
  readonly transport: Transport;
  /** For connection, answer and body of an action together, ms. */
  readonly timeoutMs: number;
  /** The same for a read; default two minutes: pages of 10,000 rows take longer than 30 s (demisto/content#11654). */
  readonly readTimeoutMs?: number;
  readonly userAgent: string;
  /** Called at every answer of an emulator that says it is one. */
  readonly onEmulated?: () => void;
}

/**
 * An `Api` that never throws for anything the network or the server does. Answers are passed on as they are: what they
 * repeat of the request, token and all, is hidden where it leaves (`state/scrubbed.ts`, the display), never before it is read.
 */
export function createApi({ origin, transport, timeoutMs, readTimeoutMs = 120_000, userAgent, onEmulated }: ClientOptions): Api {
  const send = async (method: 'GET' | 'POST', bearer: Bearer, path: string, signal: AbortSignal, body?: object): Promise<Answer> => {
    const result = await transport.send({
      method,
      timeoutMs: method === 'GET' ? readTimeoutMs : timeoutMs,
      signal,
      url: new URL(`/api/${path}`, origin),
      headers: {
        Accept: 'application/json',
        Authorization: `Bearer ${bearer.token}`,
        'User-Agent': userAgent,
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (result.kind !== 'response') return result;
    const { 'retry-after': retryAfter, date, 'x-emulated': emulated } = result.headers;
    if (emulated !== undefined) onEmulated?.();
    return {
      kind: 'response',
      status: result.status,
      body: result.body,
      ...(retryAfter !== undefined && { retryAfter }),
      ...(date !== undefined && { date }),
    };
  };
  return {
    post: (bearer, path, body, signal) => send('POST', bearer, path, signal, body),
    get: (bearer, path, signal) => send('GET', bearer, path, signal),
  };
}
