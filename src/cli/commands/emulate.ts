/** `cordon emulate`: the emulator as a server of its own, until a signal ends it. */
import { formatDuration } from '../../core/durations.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { DEFAULT_OPTIONS } from '../../emulator/world/defaults.ts';
import { startEmulator } from '../../emulator/server.ts';
import type { Stats } from '../../emulator/world/stats.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Cli } from '../context.ts';
import { nextSignal } from '../listeners/signals.ts';
import { windowsAt } from '../../core/rate.ts';
import { emulatorOptions } from '../../run/emulator-options.ts';

/**
 * Prints the address (with --json an object with all that a client needs), answers until SIGINT or SIGTERM, then prints
 * what it saw.
 * @throws UsageError when a list cannot be read or the port cannot be had
 */
export async function emulate(lists: readonly string[], settings: Settings, { io, display }: Cli): Promise<ExitCode> {
  const options = await emulatorOptions(lists, settings, io);
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

/**
 * One command for each shell, complete whatever the environment holds: its flags and variables win over what is exported.
 * A client knows nothing of a faster clock: it needs the faster quota told (one flag a window: a comma is PowerShell's own).
 */
function howToUse(url: string, speed: number): string {
  const { tenant, clientId, clientSecret } = DEFAULT_OPTIONS;
  const rate = windowsAt(speed)
    .map(({ limit, ms }) => ` --rate ${limit}/${Math.ceil(ms)}ms`)
    .join('');
  const who = `--auth secret --tenant ${tenant} --client-id ${clientId}`;
  const where = `--state rehearsal.db --api-url ${url}${speed > 1 ? rate : ''}`;
  const command = `cordon run restrict machines.csv --comment rehearsal ${who} ${where}`;
  return [
    `  bash        AZURE_AUTHORITY_HOST=${url} AZURE_CLIENT_SECRET=${clientSecret} ${command}`,
    `  PowerShell  $env:AZURE_AUTHORITY_HOST='${url}'; $env:AZURE_CLIENT_SECRET='${clientSecret}'; ${command}`,
  ].join('\n');
}

/** What it saw, in words: per API the requests, the 429s and the busiest windows; then actions made twice by one run. */
export function statsText({ apis, created, doubles, tokensIssued, tokensRefused }: Stats): string {
  const actions = created.reduce((sum, { count }) => sum + count, 0);
  const lines = [
    'EMULATED: what it saw',
    ...apis.map(({ api, requests, posts, throttled, windows }) => {
      const busy = windows.map(({ limit, ms, busiest }) => `${busiest.sliding} of ${limit} per ${formatDuration(ms)}`).join(', ');
      return `  ${api}: ${requests} requests (${posts} POST), ${throttled} answered 429; busiest ${busy}`;
    }),
    `  ${actions} actions created, ${doubles.length} machines with more than one by the same run; ${tokensIssued} tokens issued, ${tokensRefused} requests refused for theirs`,
    ...doubles.map(({ machineId, tag, count }) => `  DOUBLE: ${machineId} ${tag} ${count} times`),
  ];
  return `${lines.join('\n')}\n`;
}
