/** Which state the settings mean, and opening it. */
import type { State } from '../core/ports.ts';
import type { Settings } from '../settings/settings.ts';
import { bootClock } from '../state/boot-clock.ts';
import { scrubbing } from '../state/scrubbed.ts';
import { isPostgres } from '../state/postgres/address.ts';
import type { PostgresOptions } from '../state/postgres/index.ts';
import { SqliteState } from '../state/sqlite.ts';
import { statePath } from './state-path.ts';
import type { Tools } from './tools.ts';

/**
 * Opens the state that the settings name. `emulated`: emulated runs use one of their own; undefined where a file that
 * was named by hand may be either.
 * @throws StateError, UsageError when it cannot be opened, or is no state
 */
export async function openState(settings: Settings, emulated: boolean | undefined, { env, log, secrets }: Tools): Promise<State> {
  if (isPostgres(settings.state))
    return scrubbing(await openShared(settings.state, { emulated, env, patienceMs: settings.outage }), secrets);
  const path = statePath(settings.state, emulated ?? false, env);
  return scrubbing(new SqliteState(path, { emulated, bootClock: bootClock(), onWarning: (message) => log.warn({}, message) }), secrets);
}

/** A server that is away is an outage like another, and waited for as long. `pg` is loaded only here. */
async function openShared(address: string, options: PostgresOptions): Promise<State> {
  const { openPostgres } = await import('../state/postgres/index.ts');
  return openPostgres(address, options);
}

/** The state in which a run is to be found: its id says whether it was emulated. @throws as `openState` does */
export async function openStateOf(runId: string | undefined, settings: Settings, tools: Tools): Promise<State> {
  const isEmulated = settings.emulator || (runId?.startsWith('emulated-') ?? false);
  return openState(settings, settings.state === undefined ? isEmulated : undefined, tools);
}

/** The state that the settings name, to look on beside those that work on it: nothing is created or written. @throws as `openState` does */
export async function openToRead(settings: Settings, { env }: Tools): Promise<State> {
  const { state, emulator } = settings;
  // Reading is in nobody's way there.
  if (isPostgres(state)) return openShared(state, { emulated: undefined, env, patienceMs: settings.outage, readOnly: true });
  return new SqliteState(statePath(state, emulator, env), { emulated: state === undefined ? emulator : undefined, readOnly: true });
}
