/** Who may have an answer: this machine's own browser, by the address that was printed. Everything else is told no. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A request that is in order: the path below the token, beginning with `/`. */
export interface Admitted {
  readonly path: string;
  readonly query: URLSearchParams;
}
export interface Refused {
  readonly status: 403 | 404 | 405 | 421;
  readonly why: string;
}

/** Nobody guesses it; other users of this machine reach the port as well. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/**
 * Checked in this order: the host (a name that was bent to this address is another site's), the method (nothing here
 * changes anything), where a browser says that the request comes from, and the token.
 */
export function admit({ method, headers, url = '/' }: IncomingMessage, port: number, token: string): Admitted | Refused {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  if (!hosts.includes(headers.host ?? '')) return { status: 421, why: 'This server answers to its own address only.' };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, why: 'This server is read only.' };
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'none' && site !== 'same-origin') return { status: 403, why: 'Another site asked for this page.' };
  // Not by URL: it reads `//name/` as another host, and fails on some texts.
  const [pathname = '', ...query] = url.split('?');
  const [, given = '', ...rest] = pathname.split('/');
  if (!isSame(given, token)) return { status: 404, why: 'Not found. The address that was printed has a token in it.' };
  return { path: `/${rest.join('/')}`, query: new URLSearchParams(query.join('?')) };
}

/** Takes as long for a token that is nearly right as for any other. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
