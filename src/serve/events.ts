/** Server-sent events: small pieces of news over a connection that stays open. */
import type { ServerResponse } from 'node:http';
import type { Feed, FeedItem } from './feed.ts';

/** More than a team and its wall; each costs an open connection. */
export const MOST_WATCHERS = 50;
/** Proxies and sleeping laptops cut what is silent for long. */
const SIGN_OF_LIFE_MS = 15_000;
/** After which a browser connects again, when the server went away. */
const RETRY_MS = 2000;

/** Tells the news until the other side goes away. */
export function stream(feed: Feed, response: ServerResponse): void {
  response.write(`retry: ${RETRY_MS}\n\n`);
  let missed = false;
  const stop = feed.watch((news) => {
    // Who does not read fast enough is told everything once it does.
    if (response.writableNeedDrain) missed = true;
    else write(response, news);
  });
  response.on('drain', () => {
    if (missed) write(response, feed.everything());
    missed = false;
  });
  const life = setInterval(() => response.write(': here\n\n'), SIGN_OF_LIFE_MS);
  response.once('close', () => {
    clearInterval(life);
    stop();
  });
}

function write(response: ServerResponse, news: FeedItem): void {
  response.write(`id: ${news.version}\nevent: news\ndata: ${JSON.stringify(news)}\n\n`);
}
