/** The built-in emulator as a run sees it: loaded only when asked for. */
import { API_WINDOWS } from '../core/rate.ts';
import type { Window } from '../core/types.ts';
import type { EmulatorOptions } from '../emulator/world/options.ts';
import type { Settings } from '../settings/settings.ts';

export type { EmulatorOptions } from '../emulator/world/options.ts';

export interface BuiltInEmulator {
  readonly url: string;
  readonly tokenEndpoint: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
  close(): Promise<void>;
}

export async function startBuiltIn(options: Partial<EmulatorOptions>): Promise<BuiltInEmulator> {
  const [{ startEmulator }, { DEFAULT_OPTIONS }] = await Promise.all([
    import('../emulator/server.ts'),
    import('../emulator/world/options.ts'),
  ]);
  const { tenant, clientId, clientSecret } = { ...DEFAULT_OPTIONS, ...options };
  const running = await startEmulator(options);
  const { url, tokenEndpoint } = running;
  return { url, tokenEndpoint, tenant, clientId, clientSecret, close: () => running.close() };
}

/** The API's windows as an emulator's fast clock makes them, in ms of the wall. */
export function windowsAt(speed: number): readonly Window[] {
  return API_WINDOWS.map(({ limit, ms }) => ({ limit, ms: ms / speed }));
}

/** With a fast emulated clock the quota is as fast, unless a rate was asked for. */
export function settingsOfSpeed(settings: Settings, emulated: boolean): Settings {
  return emulated && settings.origin.rate === 'default' ? { ...settings, rate: windowsAt(settings.speed) } : settings;
}
