/** From the settings of `cordon emulate` to the emulator's options: the files behind them are read here. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { messageOf, UsageError } from '../core/errors.ts';
import type { EmulatorOptions } from '../emulator/world/options.ts';
import { parseHunting } from '../emulator/world/hunting-rules.ts';
import type { Settings } from '../settings/settings.ts';
import { readTargets, type Source } from '../targets/index.ts';
import type { Readable } from 'node:stream';

/** @throws UsageError when a file cannot be read, or is not what its flag wants */
export async function emulatorOptions(
  lists: readonly string[],
  settings: Settings,
  io: { readonly stdin: Readable },
): Promise<Partial<EmulatorOptions>> {
  const read = (paths: readonly string[]): Promise<string[]> => idsIn(paths, settings.column, io);
  return {
    ...plainOptions(settings),
    ...(await chosenMachines(settings, read)),
    ...(await tenantData(settings)),
    machines: lists.length > 0 ? await read(lists) : settings.fleet === undefined ? 'any' : [],
  };
}

function plainOptions(settings: Settings): Partial<EmulatorOptions> {
  const { port, speed, rate, retryAfter, duplicates, requireAuth, seed, pageSize, cancelledInVain, actionFailures, hugeBytes } = settings;
  return {
    port,
    speed,
    rate,
    retryAfter,
    duplicates,
    requireAuth,
    seed,
    pageSize,
    cancelledInVain,
    actionFailures,
    hugeBytes,
    windowKind: settings.window,
    latencyMs: settings.latency,
    listLagMs: settings.listLag,
    faults: settings.fault,
    tokenLifetimeS: settings.tokenLifetime / 1000,
    offlineForMs: settings.offlineFor,
    unauthorized: settings.rejectTokens,
    lists: settings.listTrouble,
    maxUrl: settings.maxUrl ?? Infinity,
    clockOffsetMs: settings.clockOffset,
    oddTagShare: settings.oddTags,
    alsoTenants: settings.alsoTenant,
    unconsented: settings.unconsented,
    ...(settings.actionTime && { actionMs: settings.actionTime }),
  };
}

type ReadIds = (paths: readonly string[]) => Promise<string[]>;

async function chosenMachines(settings: Settings, read: ReadIds): Promise<Partial<EmulatorOptions>> {
  const [inProgress, offline, failing, disallowed, absent] = await Promise.all(
    [settings.inProgress, settings.offline, settings.failing, settings.disallowed, settings.absentFiles].map((text) => chosen(text, read)),
  );
  return {
    inProgress: inProgress?.ids ?? [],
    inProgressShare: inProgress?.share ?? 0,
    offline: offline?.ids ?? [],
    offlineShare: offline?.share ?? 0,
    failing: failing?.ids ?? [],
    failingShare: failing?.share ?? 0,
    disallowed: disallowed?.ids ?? [],
    disallowedShare: disallowed?.share ?? 0,
    absentFiles: absent?.ids ?? [],
    absentFileShare: absent?.share ?? 0,
  };
}

async function idsIn(paths: readonly string[], column: string | undefined, { stdin }: { readonly stdin: Readable }): Promise<string[]> {
  const sources = paths.map((path): Source => (path === '-' ? { kind: 'stdin', stream: stdin } : { kind: 'file', path }));
  const rows = await readTargets(sources, column === undefined ? {} : { column });
  return Array.from(rows, ({ text }) => text.toLowerCase());
}

/** A list, or a share of all. A file that is named like a share is taken as the file. */
async function chosen(text: string | undefined, read: ReadIds): Promise<{ ids: string[]; share: number }> {
  if (text === undefined) return { ids: [], share: 0 };
  const [, number, percent] = /^(\d*\.?\d+)(%?)$/.exec(text) ?? [];
  if (number === undefined || existsSync(text)) return { ids: await read([text]), share: 0 };
  const share = Number(number) / (percent === '%' ? 100 : 1);
  if (share > 1) throw new UsageError(`"${text}" is more than all machines: a share is from 0 to 1, or from 0% to 100%`);
  return { ids: [], share };
}

const Records = v.array(v.looseObject({ id: v.string() }));
const Fleet = v.union([
  Records,
  v.pipe(
    v.looseObject({ value: Records }),
    v.transform(({ value }) => value),
  ),
]);
const Tenant = v.strictObject({
  alerts: v.optional(Records, []),
  incidents: v.optional(v.array(v.looseObject({ incidentId: v.number(), machineIds: v.optional(v.array(v.string()), []) })), []),
});

async function tenantData({ fleet, alerts, hunting }: Settings): Promise<Partial<EmulatorOptions>> {
  return {
    ...(fleet !== undefined && { fleet: await readJson(fleet, Fleet) }),
    ...(alerts !== undefined && (await readJson(alerts, Tenant))),
    ...(hunting !== undefined && { hunting: parseHunting(await textOf(hunting), hunting) }),
  };
}

async function readJson<T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<T> {
  const text = await textOf(path);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  if (parsed.success) return parsed.output;
  throw new UsageError(`${path} is not what the emulator can take: ${v.summarize(parsed.issues).replaceAll('\n', ' ')}`);
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${messageOf(error)}`);
  }
}
