/** Tells others of a run's start, stall and end. Whatever goes wrong with that is a warning, never more. */
import type { Gate, Log } from '../core/ports.ts';
import type { Run } from '../core/types.ts';
import { isLoopback } from '../http/loopback.ts';
import { createTransport, type Transport } from '../http/transport.ts';
import { messageOf, UsageError } from '../core/errors.ts';
import { readText } from '../system/reading.ts';
import { noticeBody, type Notice, type NoticeFormat } from './notice.ts';
import type { Settings } from '../settings/settings.ts';
import { clock, type Tools } from '../wiring/connection.ts';

export type News = Omit<Notice, 'run' | 'at'>;

export interface Notifier {
  /** Posts in the background, one notice after another. */
  tell(news: News): void;
  /** Resolves when everything told was posted or given up, which takes a few seconds at most. */
  close(): Promise<void>;
}

const NOBODY: Notifier = { tell: () => undefined, close: () => Promise.resolve() };
const TIMEOUT_MS = 4000;
const TRIES = 2;

/** The notifier that the settings and the environment ask for. Never rejects: what is wrong with the address is a warning. */
export async function openNotifier(run: Run, settings: Settings, { io, display, secrets }: Tools): Promise<Notifier> {
  try {
    const address = await addressOf(settings, io.env);
    if (!address) return NOBODY;
    for (const part of secretsOf(address)) secrets.hide(part);
    return notifierTo(address, { transport: createTransport({ env: io.env }), run, format: settings.notifyFormat, log: display.log });
  } catch (error) {
    display.log.warn({ reason: messageOf(error) }, 'nobody will be told of this run');
    return NOBODY;
  }
}

/** A part of a path that is shorter is a word like others: hiding it everywhere would change paths in what is printed. */
const SECRET_LENGTH = 16;

/** Whoever knows the address may post there: it is hidden as a whole, and so are its parts that nobody could guess. */
export function secretsOf({ href, pathname, search, searchParams }: URL): string[] {
  const parts = [...pathname.split('/'), search, ...searchParams.values()];
  return [href, ...parts.filter((part) => part.length >= SECRET_LENGTH)];
}

/** A file wins over the environment. @throws UsageError that does not repeat the address */
async function addressOf({ notifyFile }: Settings, env: NodeJS.ProcessEnv): Promise<URL | undefined> {
  const text = (notifyFile === undefined ? env['CORDON_NOTIFY_URL'] : await readText(notifyFile))?.trim();
  if (text === undefined || text === '') return undefined;
  const url = URL.parse(text);
  if (url === null) throw new UsageError('the address to notify is no URL');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw new UsageError('the address to notify must begin with https://');
  if (url.username !== '' || url.password !== '') throw new UsageError('the address to notify must not hold a user name or password');
  return url;
}

interface Channel {
  readonly transport: Transport;
  readonly run: Run;
  readonly format: NoticeFormat;
  readonly log: Log;
}

function notifierTo(url: URL, { transport, run, format, log }: Channel): Notifier {
  let last: Promise<void> = Promise.resolve();
  const post = async (notice: Notice): Promise<void> => {
    const failure = await posted(transport, url, JSON.stringify(noticeBody(notice, format)));
    if (failure !== undefined) log.warn({ event: notice.event, host: url.host, reason: failure }, 'the notice could not be posted');
  };
  return {
    tell: (news) => {
      const notice = { ...news, run, at: clock.now() };
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

export interface Watched {
  /** An outage is being waited out. */
  readonly lane: { readonly outage: { readonly active: boolean } };
  readonly gate: Pick<Gate, 'status'>;
  /** How long nothing must have gone out before somebody is told, ms. */
  readonly patienceMs?: number;
  readonly onStall: (why: string) => void;
}

const LOOK_EVERY_MS = 5000;
const PATIENCE_MS = 60_000;

/**
 * Tells once for each time that sending stands still for something other than this program's own use of the quota: an
 * outage, or a wait that a 429 asked for. Returns what ends the watch.
 */
export function watchForStall({ lane, gate, patienceMs = PATIENCE_MS, onStall }: Watched): () => void {
  let since: number | undefined;
  let told = false;
  const look = (): void => {
    const why = stalledBy(lane, gate);
    if (why === undefined) {
      since = undefined;
      told = false;
      return;
    }
    since ??= performance.now();
    if (told || performance.now() - since < patienceMs) return;
    told = true;
    onStall(why);
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

function stalledBy(lane: Watched['lane'], gate: Watched['gate']): string | undefined {
  if (lane.outage.active) return 'no usable answers: probing one at a time';
  const { windows, waitMs } = gate.status();
  const roomLeft = windows.every(({ used, limit }) => used < limit);
  return waitMs > 0 && roomLeft ? 'throttled: somebody else uses the quota' : undefined;
}
