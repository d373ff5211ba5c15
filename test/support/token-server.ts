/** A sign-in service on loopback that answers what it is told to, and remembers what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { listen } from './proxy.ts';

interface TokenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export interface TokenAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, text as it is. */
  readonly body: object | string;
}

export interface TokenServer extends AsyncDisposable {
  readonly origin: string;
  readonly requests: readonly TokenRequest[];
  /** The next answers, in order; when they are used up each request gets a token of its own: token-1, token-2 ... */
  script(...answers: readonly TokenAnswer[]): void;
}

/** What the service answers to a good request. */
export function tokenAnswer(token: string, more: object = {}): TokenAnswer {
  return { body: { token_type: 'Bearer', expires_in: 3599, access_token: token, ...more } };
}

/** An OAuth error as the service words it. */
export function oauthError(error: string, description: string, status = 400): TokenAnswer {
  return { status, body: { error, error_description: description } };
}

export async function startTokenServer(): Promise<TokenServer> {
  const requests: TokenRequest[] = [];
  const scripted: TokenAnswer[] = [];
  let given = 0;
  const server = createServer((request, response) => {
    void readRequest(request).then((read) => {
      requests.push(read);
      const answer = scripted.shift() ?? tokenAnswer(`token-${(given += 1)}`);
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers }).end(text);
    });
  });
  const port = await listen(server);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    script: (...answers) => void scripted.push(...answers),
    [Symbol.asyncDispose]: close,
  };
}

async function readRequest(request: IncomingMessage): Promise<TokenRequest> {
  const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>);
  const url = new URL(request.url ?? '/', 'http://token-server');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    form: new URLSearchParams(Buffer.concat(chunks).toString('utf8')),
    headers: request.headers,
  };
}

/** An unsigned JWT with these claims. */
export function unsignedJwt(claims: object): string {
  return `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(claims)}.c2lnbmF0dXJl`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
