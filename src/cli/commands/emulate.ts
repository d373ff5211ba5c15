/** `cordon emulate`: the emulator as a server of its own, until a signal ends it. */
import { existsSync } from 'node:fs';
import { formatDuration } from '../../core/durations.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { DEFAULT_OPTIONS, type EmulatorOptions } from '../../emulator/world/options.ts';
import { startEmulator } from '../../emulator/server.ts';
import type { Stats } from '../../emulator/world/stats.ts';
import { UsageError } from '../../core/errors.ts';
import type { Settings } from '../../settings/settings.ts';
import { readTargets, type Source } from '../../targets/index.ts';
import type { Cli } from '../context.ts';
import type { Io } from '../io.ts';
import { windowsAt } from '../../core/rate.ts';

/**
 * Prints the address (with --json an object with all that a client needs), answers until SIGINT or SIGTERM, then prints
 * what it saw.
 * @throws UsageError when a list cannot be read or the port cannot be had
 */
export async function emulate(lists: readonly string[], settings: Settings, { io, display }: Cli): Promise<ExitCode> {
  const options = await optionsOf(lists, settings, io);
  const running = await startEmulator(options);
  const signal = nextSignal(io);
  const { url, tokenEndpoint } = running;
  const { tenant, clientId, clientSecret } = DEFAULT_OPTIONS;
  io.stdout.write(
    settings.json ? `${JSON.stringify({ emulated: true, url, tokenEndpoint, tenant, clientId, clientSecret })}\n` : `EMULATED: ${url}\n`,
  );
  display.say(`EMULATED: nothing real is behind ${url}. To use it:\n${howToUse(url, settings.speed)}\nCtrl-C ends it.`);
  await signal;
  const stats = running.stats();
  await running.close();
  io.stdout.write(settings.json ? `${JSON.stringify({ emulated: true, stats })}\n` : statsText(stats));
  return EXIT.ok;
}

/** A client knows nothing of a faster clock: it needs the faster quota told. */
function howToUse(url: string, speed: number): string {
  const { tenant, clientId, clientSecret } = DEFAULT_OPTIONS;
  const rate = windowsAt(speed)
    .map(({ limit, ms }) => `${limit}/${Math.ceil(ms)}ms`)
    .join(',');
  return [
    `  export AZURE_AUTHORITY_HOST=${url} AZURE_TENANT_ID=${tenant}`,
    `  export AZURE_CLIENT_ID=${clientId} AZURE_CLIENT_SECRET=${clientSecret}`,
    `  cordon run restrict machines.csv --comment rehearsal --state rehearsal.db --api-url ${url}${speed > 1 ? ` --rate ${rate}` : ''}`,
  ].join('\n');
}

function nextSignal(io: Io): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      for (const stop of off) stop();
      resolve();
    };
    const off = (['SIGINT', 'SIGTERM'] as const).map((signal) => io.onSignal(signal, end));
  });
}

async function optionsOf(lists: readonly string[], settings: Settings, io: Io): Promise<Partial<EmulatorOptions>> {
  const {
    port,
    speed,
    rate,
    window,
    retryAfter,
    latency,
    listLag,
    actionTime,
    duplicates,
    fault,
    requireAuth,
    tokenLifetime,
    seed,
    column,
  } = settings;
  const read = (paths: readonly string[]): Promise<string[]> => idsIn(paths, column, io);
  const [machines, inProgress, offline] = await Promise.all([
    read(lists),
    chosen(settings.inProgress, read),
    chosen(settings.offline, read),
  ]);
  return {
    port,
    speed,
    rate,
    retryAfter,
    duplicates,
    requireAuth,
    seed,
    machines: lists.length > 0 ? machines : 'any',
    windowKind: window,
    latencyMs: latency,
    listLagMs: listLag,
    faults: fault,
    tokenLifetimeS: tokenLifetime / 1000,
    inProgress: inProgress.ids,
    inProgressShare: inProgress.share,
    offline: offline.ids,
    offlineShare: offline.share,
    ...(actionTime && { actionMs: actionTime }),
  };
}

async function idsIn(paths: readonly string[], column: string | undefined, { stdin }: Io): Promise<string[]> {
  const sources = paths.map((path): Source => (path === '-' ? { kind: 'stdin', stream: stdin } : { kind: 'file', path }));
  const rows = await readTargets(sources, column === undefined ? {} : { column });
  return rows.map(({ text }) => text.toLowerCase());
}

/** A list of machines, or a share of all. A file that is named like a share is taken as the file. */
async function chosen(
  text: string | undefined,
  read: (paths: readonly string[]) => Promise<string[]>,
): Promise<{ ids: string[]; share: number }> {
  if (text === undefined) return { ids: [], share: 0 };
  const [, number, percent] = /^(\d*\.?\d+)(%?)$/.exec(text) ?? [];
  if (number === undefined || existsSync(text)) return { ids: await read([text]), share: 0 };
  const share = Number(number) / (percent === '%' ? 100 : 1);
  if (share > 1) throw new UsageError(`"${text}" is more than all machines: a share is from 0 to 1, or from 0% to 100%`);
  return { ids: [], share };
}

/** What it saw, in words: per API the requests, the 429s and the busiest windows; then actions made twice by one run. */
export function statsText({ apis, created, doubles, tokensIssued }: Stats): string {
  const actions = created.reduce((sum, { count }) => sum + count, 0);
  const lines = [
    'EMULATED: what it saw',
    ...apis.map(({ api, requests, posts, throttled, windows }) => {
      const busy = windows.map(({ limit, ms, busiest }) => `${busiest.sliding} of ${limit} per ${formatDuration(ms)}`).join(', ');
      return `  ${api}: ${requests} requests (${posts} POST), ${throttled} answered 429; busiest ${busy}`;
    }),
    `  ${actions} actions created, ${doubles.length} machines with more than one by the same run; ${tokensIssued} tokens issued`,
    ...doubles.map(({ machineId, tag, count }) => `  DOUBLE: ${machineId} ${tag} ${count} times`),
  ];
  return `${lines.join('\n')}\n`;
}
