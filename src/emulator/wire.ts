/** Requests from a socket, and answers to it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reaction } from './reaction.ts';
import type { Incoming } from './replies.ts';

/** No honest request comes near it. */
const MAX_BODY = 1_000_000;
const MARK = { 'x-emulated': 'cordon' };

/** The whole request; undefined when its body is too long. */
export async function read(message: IncomingMessage): Promise<Incoming | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    const piece = Buffer.from(chunk);
    size += piece.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(piece);
  }
  const { pathname, searchParams } = new URL(message.url ?? '/', 'http://127.0.0.1');
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return {
    method: message.method ?? 'GET',
    path: pathname,
    target: message.url ?? '/',
    query: searchParams,
    headers,
    body: Buffer.concat(chunks).toString(),
  };
}

/**
 * Sends the answer, or what stands for one.
 * @param now ms since the epoch by the clock which stamps bodies too: the server's, right or wrong
 */
export function deliver({ answer }: Reaction, response: ServerResponse, now: number): void {
  if (answer === 'never') return;
  if (answer === 'reset') return void response.socket?.resetAndDestroy();
  const { status, headers, body, cutAfter } = answer;
  response.writeHead(status, { date: new Date(now).toUTCString(), ...headers, ...MARK });
  if (cutAfter === undefined) return void response.end(body);
  response.write(Buffer.from(body).subarray(0, cutAfter), () => response.socket?.destroy());
}
