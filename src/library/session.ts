/** A session for another program: settings as data, nothing read from the process unasked. */
import { UsageError } from '../core/errors.ts';
import type { Listener, Log } from '../core/ports.ts';
import { Secrets, secretsIn } from '../core/secrets.ts';
import { settingsOfValues, type SettingValues } from '../settings/values.ts';
import { openSession as signIn, type Session } from '../wiring/session.ts';

export interface OpenOptions {
  /** Settings under the names of their flags: `{ rate: '60/1m', state: 'runs.db', comment: 'INC-1234' }`. */
  readonly settings?: SettingValues;
  /** Where credentials (AZURE_…, CORDON_ACCESS_TOKEN), proxies and CORDON_… settings are looked up. Default: nowhere. */
  readonly env?: NodeJS.ProcessEnv;
  /** Told of everything that happens, as it happens. */
  readonly onEvent?: Listener;
  /** Warnings and details for people; pino fits. Default: none. */
  readonly log?: Log;
  /** Aborted: nothing more is sent, answers on their way are waited for, and the run can be resumed. */
  readonly signal?: AbortSignal;
}

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Signs in once and opens the state. Close it, or declare it with `await using`.
 * @throws UsageError for settings that cannot be read
 * @throws AuthError without credentials, or when they are refused; UserError when sign-in cannot be reached
 * @throws StateError when the state cannot be opened
 */
export async function openSession({
  settings = {},
  env = {},
  onEvent,
  log = SILENT,
  signal,
}: OpenOptions): Promise<Session & AsyncDisposable> {
  const secrets = new Secrets();
  for (const value of secretsIn(env)) secrets.hide(value);
  const tools = { env, log, secrets, listener: onEvent ?? (() => undefined), ...(signal && { signal }) };
  const read = settingsOfValues(settings, env);
  if (read.emulator)
    throw new UsageError('a session of the library has no built-in emulator', {
      hint: 'startEmulator() starts one; its url is the setting apiUrl.',
    });
  const session = await signIn({ settings: read }, tools);
  return { ...session, [Symbol.asyncDispose]: () => session.close() };
}
