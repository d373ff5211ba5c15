/** Start, stall and end of a run, posted where the settings or the environment say. */
import { readText } from '../../system/reading.ts';
import { messageOf, UsageError } from '../../core/errors.ts';
import type { RunEvent } from '../../core/events.ts';
import type { Listener } from '../../core/ports.ts';
import { isLoopback } from '../../http/loopback.ts';
import { createTransport } from '../../http/transport.ts';
import { notifierTo, type News, type Notifier } from '../../notify/notifier.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Cli } from '../context.ts';

export interface Notices {
  readonly listener: Listener;
  /** Resolves when everything was posted or given up. */
  close(): Promise<void>;
}

/** What is wrong with the address is a warning, and never keeps a run from its work. */
export function createNotices(settings: Settings, cli: Cli): Notices {
  let notifier: Promise<Notifier | undefined> = Promise.resolve(undefined);
  const listener: Listener = (event) => {
    if (event.kind === 'begun') notifier = openNotifier(event, settings, cli);
    const news = newsOf(event);
    if (news) void notifier.then((opened) => opened?.tell(news));
  };
  return { listener, close: async () => (await notifier)?.close() };
}

function newsOf(event: RunEvent): News | undefined {
  if (event.kind === 'begun') {
    const { calls, done } = event.progress();
    return { event: 'start', calls, open: calls - done };
  }
  if (event.kind === 'stalled') return { event: 'stall', why: event.why };
  if (event.kind !== 'ended') return undefined;
  const { exitCode, note, run, outcomes } = event;
  return {
    event: 'end',
    exitCode,
    resumable: run.status === 'interrupted',
    ...(note !== null && { why: note }),
    ...(outcomes && { outcomes }),
  };
}

async function openNotifier(
  { run }: Extract<RunEvent, { kind: 'begun' }>,
  settings: Settings,
  { io, display: { log }, secrets }: Cli,
): Promise<Notifier | undefined> {
  try {
    const address = await addressOf(settings, io.env);
    if (!address) return undefined;
    for (const part of secretsOf(address)) secrets.hide(part);
    return notifierTo(address, { transport: createTransport({ env: io.env }), run, format: settings.notifyFormat, log });
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'nobody will be told of this run');
    return undefined;
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
