/** The real API: builds requests, and turns what the transport saw into answers. */
import type { Api, Bearer } from '../core/ports.ts';
import { closedJson } from '../core/closed-json.ts';
import type { Answer } from '../core/types.ts';
import type { BodyLimit, Transport } from '../http/transport.ts';

export interface ClientOptions {
  /** Scheme and host; the prefix is added. The token is sent nowhere else. */
  readonly origin: string;
  /** What all paths begin with: `api` (the default), or `v1.0` for Microsoft Graph. */
  readonly prefix?: string;
  readonly transport: Transport;
  /** For connection, answer and body of an action together, ms. */
  readonly timeoutMs: number;
  /** The same for a read; default two minutes: pages of 10,000 rows take longer than 30 s (demisto/content#11654). */
  readonly readTimeoutMs?: number;
  /** Every request is a read, POSTs among them: an API of queries. */
  readonly isOfQueries?: boolean;
  readonly userAgent: string;
  /** Called at every answer of an emulator that says it is one. */
  readonly onEmulated?: () => void;
}

/** No action and no error is longer; what is is read by its beginning, which has all that judging needs. */
const OF_ACTIONS: BodyLimit = { bytes: 256 * 1024, longer: 'cut' };
/** Ten thousand rows, the most that a page may have, of 4 kB each. A part of a list is no list: absence must be certain. */
const OF_LISTS: BodyLimit = { bytes: 40 * 1024 * 1024, longer: 'lost' };
/** More than any query gives (124 MB, mde-actions.md §5); what is longer is no answer, for its beginning would pass for a shorter list. */
const OF_QUERIES: BodyLimit = { bytes: 130 * 1024 * 1024, longer: 'lost' };

/**
 * An `Api` that never throws for anything the network or the server does. Answers are passed on as they are: what they
 * repeat of the request, token and all, is hidden where it leaves (`state/scrubbed.ts`, the display), never before it is read.
 */
export function createApi({
  origin,
  prefix = 'api',
  transport,
  timeoutMs,
  readTimeoutMs = 120_000,
  isOfQueries = false,
  userAgent,
  onEmulated,
}: ClientOptions): Api {
  const send = async (method: 'GET' | 'POST', bearer: Bearer, path: string, signal: AbortSignal, body?: object): Promise<Answer> => {
    const result = await transport.send({
      method,
      timeoutMs: method === 'GET' || isOfQueries ? readTimeoutMs : timeoutMs,
      signal,
      limit: method === 'GET' ? OF_LISTS : isOfQueries ? OF_QUERIES : OF_ACTIONS,
      url: new URL(`/${prefix}/${path}`, origin),
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
      body: result.isCut ? closedJson(result.body) : result.body,
      ...(retryAfter !== undefined && { retryAfter }),
      ...(date !== undefined && { date }),
    };
  };
  return {
    post: (bearer, path, body, signal) => send('POST', bearer, path, signal, body),
    get: (bearer, path, signal) => send('GET', bearer, path, signal),
  };
}
