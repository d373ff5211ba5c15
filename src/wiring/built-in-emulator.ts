/** The built-in emulator as a run sees it: loaded only when asked for. */
import { windowsAt } from '../core/rate.ts';
import type { EmulatorOptions } from '../emulator/world/options.ts';
import { withReserve, type Settings } from '../settings/settings.ts';

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
    import('../emulator/world/defaults.ts'),
  ]);
  const { tenant, clientId, clientSecret } = { ...DEFAULT_OPTIONS, ...options };
  const running = await startEmulator(options);
  const { url, tokenEndpoint } = running;
  return { url, tokenEndpoint, tenant, clientId, clientSecret, close: () => running.close() };
}

/** With a fast emulated clock the quota is as fast, unless a rate was asked for. */
export function settingsOfSpeed(settings: Settings, emulated: boolean): Settings {
  const { speed, origin } = settings;
  return emulated && origin.rate === 'default' ? withReserve(settings, windowsAt(speed), speed) : settings;
}
