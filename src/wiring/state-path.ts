/** Where the state lies. */
import { homedir } from 'node:os';
import { dirname, posix, resolve, win32 } from 'node:path';
import { isPostgres } from '../state/postgres/address.ts';

/** The file that was named, or the one of this user: emulated runs have one of their own. */
export function statePath(given: string | undefined, emulated: boolean, env: NodeJS.ProcessEnv, platform = process.platform): string {
  if (given !== undefined) return resolve(given);
  const path = platform === 'win32' ? win32 : posix;
  return path.join(stateHome(env, platform), 'cordon', emulated ? 'emulated.db' : 'state.db');
}

/** The state as it is named to people: a file, or a server's address, which never holds a password. */
export function stateName(given: string | undefined, emulated: boolean, env: NodeJS.ProcessEnv): string {
  return isPostgres(given) ? given : statePath(given, emulated, env);
}

/** The folder for what this machine keeps beside the state, even where the state itself is on a server. */
export function stateFolder(given: string | undefined, env: NodeJS.ProcessEnv): string {
  return dirname(statePath(isPostgres(given) ? undefined : given, false, env));
}

/** The folder where programs of this user keep their state; on Windows one that does not roam to other machines. */
function stateHome(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const { XDG_STATE_HOME: xdg, LOCALAPPDATA: local, HOME: home, USERPROFILE: profile } = env;
  if (xdg) return xdg;
  if (platform === 'win32') return local || win32.join(profile || homedir(), 'AppData', 'Local');
  return posix.join(home || homedir(), '.local', 'state');
}
