/** A socket in front of an emulator that notes every request before it is passed on. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';

export interface Recorder extends AsyncDisposable {
  readonly url: string;
  readonly emulator: RunningEmulator;
  /** `GET /api/machines?…`, in order of arrival. */
  readonly requests: readonly string[];
  requestsOf(method: string): readonly string[];
}

/** An answer of the test's own instead of the emulator's, for a request of this method and URL. */
export type Instead = (method: string, url: string) => { readonly status: number; readonly body: object } | undefined;

export async function record(options: Partial<EmulatorOptions>, instead: Instead = () => undefined): Promise<Recorder> {
  const emulator = await startEmulator(options);
  const requests: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const [method, url] = [incoming.method ?? '', incoming.url ?? ''];
    requests.push(`${method} ${url}`);
    const own = instead(method, url);
    if (own) outgoing.writeHead(own.status, { 'content-type': 'application/json' }).end(JSON.stringify(own.body));
    else pass(incoming, outgoing, new URL(url, emulator.url));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${isBound(address) ? address.port : 0}`,
    emulator,
    requests,
    requestsOf: (method) => requests.filter((line) => line.startsWith(`${method} `)),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await emulator.close();
    },
  };
}

function isBound(address: ReturnType<ReturnType<typeof createServer>['address']>): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, url: URL): void {
  const onward = request(url, { method: incoming.method, headers: { ...incoming.headers, host: url.host } }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}
