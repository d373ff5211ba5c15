/** Which state the settings mean, and opening it. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { State } from '../core/ports.ts';
import type { Settings } from '../settings/settings.ts';
import { SqliteState } from '../state/sqlite.ts';
import type { Tools } from './tools.ts';

/**
 * Opens the state that the settings name. `emulated`: emulated runs use one of their own; undefined where a file that
 * was named by hand may be either.
 * @throws StateError, UsageError when it cannot be opened, or is no state
 */
export async function openState(settings: Settings, emulated: boolean | undefined, { env, log }: Tools): Promise<State> {
  return new SqliteState(statePath(settings.state, emulated ?? false, env), {
    emulated,
    onWarning: (message) => log.warn({}, message),
  });
}

/** The state in which a run is to be found: its id says whether it was emulated. @throws as `openState` does */
export async function openStateOf(runId: string | undefined, settings: Settings, tools: Tools): Promise<State> {
  const isEmulated = settings.emulator || (runId?.startsWith('emulated-') ?? false);
  return openState(settings, settings.state === undefined ? isEmulated : undefined, tools);
}

/** Where the state is: what was named, else a file of the user's own. */
export function statePath(given: string | undefined, emulated: boolean, env: NodeJS.ProcessEnv): string {
  if (given !== undefined) return resolve(given);
  const base = env['XDG_STATE_HOME'] || join(env['HOME'] ?? homedir(), '.local', 'state');
  return join(base, 'cordon', emulated ? 'emulated.db' : 'state.db');
}
