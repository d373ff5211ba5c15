/** Tells others of a run's start, stall and end. Whatever goes wrong with that is a warning, never more. */
import type { Log } from '../core/ports.ts';
import type { Run } from '../core/types.ts';
import type { Transport } from '../http/transport.ts';
import { noticeBody, type Notice, type NoticeFormat } from './notice.ts';

export type News = Omit<Notice, 'run' | 'at'>;

export interface Notifier {
  /** Posts in the background, one notice after another. */
  tell(news: News): void;
  /** Resolves when everything told was posted or given up, which takes a few seconds at most. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 4000;
const TRIES = 2;

export interface Channel {
  readonly transport: Transport;
  readonly run: Run;
  readonly format: NoticeFormat;
  readonly log: Log;
}

/** A notifier that posts to `url`; it owns the transport. */
export function notifierTo(url: URL, { transport, run, format, log }: Channel): Notifier {
  let last: Promise<void> = Promise.resolve();
  const post = async (notice: Notice): Promise<void> => {
    const failure = await posted(transport, url, JSON.stringify(noticeBody(notice, format)));
    if (failure !== undefined) log.warn({ notice: notice.event, host: url.host, reason: failure }, 'the notice could not be posted');
  };
  return {
    tell: (news) => {
      const notice = { ...news, run, at: Date.now() };
      last = last.then(() => post(notice));
    },
    close: async () => {
      await last;
      transport.close();
    },
  };
}

/** Why it could not be posted; undefined when it was. */
async function posted(transport: Transport, url: URL, body: string): Promise<string | undefined> {
  let failure: string | undefined;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const result = await transport.send({
      method: 'POST',
      url,
      body,
      timeoutMs: TIMEOUT_MS,
      headers: { 'Content-Type': 'application/json' },
    });
    if (result.kind === 'response' && result.status >= 200 && result.status < 300) return undefined;
    failure = result.kind === 'response' ? `HTTP ${result.status}` : result.reason;
  }
  return failure;
}
