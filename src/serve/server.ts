/** A read-only server on loopback: the runs of a state, and each run's page, live. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, UsageError } from '../core/errors.ts';
import { pageText } from '../reports/html/page.ts';
import { stream, MOST_WATCHERS } from './events.ts';
import { Feed } from './feed.ts';
import { admit, newToken, type Admitted } from './gatekeeper.ts';
import { runsPage } from './runs-page.ts';
import { Overview, type Source } from './source.ts';

export interface Serving {
  /** With the token in it: who has the address may read. */
  readonly url: string;
  close(): Promise<void>;
}

/** Nothing is kept, nothing is told to others, nothing is framed. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

const GRACE_MS = 2000;

/** @param port 0 takes any that is free. @throws UsageError when the port cannot be had */
export async function serve(source: Source, port: number): Promise<Serving> {
  const site = new Site(source, newToken());
  const server = createServer((request, response) => void site.answer(request, response));
  const taken = await listen(server, port);
  site.port = taken;
  return {
    url: `http://127.0.0.1:${taken}/${site.token}/`,
    close: async () => {
      await site.end();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      // What was written last still has to reach those who watch.
      const grace = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await closed;
      clearTimeout(grace);
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new UsageError(`port ${port} cannot be had: ${messageOf(error)}`, { hint: '--port 0 takes any free one.', cause: error })),
    );
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

class Site {
  port = 0;
  readonly token: string;
  readonly #source: Source;
  readonly #overview: Overview;
  readonly #feeds = new Map<string, Feed>();
  readonly #open = new Set<ServerResponse>();

  constructor(source: Source, token: string) {
    this.#source = source;
    this.#overview = new Overview(source);
    this.token = token;
  }

  async end(): Promise<void> {
    await Promise.all([...this.#feeds.values()].map((feed) => feed.end()));
    for (const response of this.#open) response.end();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const found = admit(request, this.port, this.token);
    try {
      if ('status' in found) return refuse(response, found.status, found.why);
      await this.#route(found, response);
    } catch (error) {
      if (!response.headersSent) refuse(response, 500, `The state cannot be read at this moment: ${messageOf(error)}`);
      else response.destroy();
    }
  }

  async #route({ path, query }: Admitted, response: ServerResponse): Promise<void> {
    if (path === '/') return send(response, 'text/html; charset=utf-8', runsPage(await this.#overview.runs()));
    const [, id, what] = /^\/runs\/([\w.-]{1,80})(|\/events|\/events\/rows)$/.exec(path) ?? [];
    const feed = id === undefined ? undefined : await this.#feedOf(id);
    if (id === undefined || !feed) return refuse(response, 404, 'There is no such run in this state.');
    if (what === '') return this.#page(id, feed, response);
    if (what === '/events') return this.#events(feed, response);
    return send(response, 'application/json', JSON.stringify({ version: feed.version, rows: feed.rowsSince(Number(query.get('since'))) }));
  }

  async #feedOf(id: string): Promise<Feed | undefined> {
    const known = this.#feeds.get(id);
    if (known) return known;
    if (!(await this.#source.state.run(id))) return undefined;
    const feed = this.#feeds.get(id) ?? new Feed(id, this.#source, this.#overview);
    this.#feeds.set(id, feed);
    return feed;
  }

  async #page(id: string, feed: Feed, response: ServerResponse): Promise<void> {
    // Read before the rows: a change in between is told again rather than not at all.
    const { version } = feed;
    const report = await feed.report();
    if (!report) return refuse(response, 404, 'There is no such run in this state.');
    const text = pageText(report, { madeAt: Math.max(report.madeAt, Date.now()), live: { events: `${id}/events`, version } });
    response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/html; charset=utf-8' });
    await pipeline(Readable.from(text), response);
  }

  #events(feed: Feed, response: ServerResponse): void {
    if (this.#open.size >= MOST_WATCHERS) return refuse(response, 503, 'Too many are watching already.');
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
    response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream' });
    stream(feed, response);
  }
}

function send(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { ...HEADERS, 'Content-Type': type }).end(text);
}

/** With a body: some browsers show an error of their own for an answer without one. */
function refuse(response: ServerResponse, status: number, why: string): void {
  response
    .writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8', ...(status === 405 && { Allow: 'GET, HEAD' }) })
    .end(`${why}\n`);
}
