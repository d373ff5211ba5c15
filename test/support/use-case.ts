/** The use cases in this process: an emulator behind a real socket, states and reports in a folder of the test's own. */
import { writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import { Secrets } from '../../src/core/secrets.ts';
import type { State } from '../../src/core/ports.ts';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import type { Confirm } from '../../src/run/confirm.ts';
import { settingsFrom, type Settings } from '../../src/settings/settings.ts';
import { settingsOfValues, type SettingValues } from '../../src/settings/values.ts';
import { SqliteState } from '../../src/state/sqlite.ts';
import type { Tools } from '../../src/wiring/tools.ts';
import { machineId } from './builders.ts';
import { record, type Instead, type Recorder } from './recorder.ts';

/** Settings; one that is undefined is one that nobody gave. */
export type Values = { readonly [Name in keyof SettingValues]: SettingValues[Name] | undefined };

export interface UseCaseOptions {
  readonly emulator?: Partial<EmulatorOptions>;
  readonly instead?: Instead;
  /** Instead of a token and the tenant "contoso". */
  readonly env?: NodeJS.ProcessEnv;
  /** Told of every event, as it happens. */
  readonly onEvent?: (event: RunEvent) => void;
}

export interface UseCase {
  readonly api: Recorder;
  /** All that was told, in order. */
  readonly events: readonly RunEvent[];
  /** Messages of warnings and errors. */
  readonly complaints: readonly string[];
  readonly tools: Tools;
  /** What `tools.signal` listens to. */
  readonly controller: AbortController;
  /** A place in the folder. */
  path(name: string): string;
  /** A file in the folder: one line for each. */
  file(name: string, ...lines: readonly string[]): string;
  /** These settings beside those of every test: this API, this folder, few files. */
  settings(more?: Values, jobFlags?: Readonly<Record<string, string>>): Settings;
  /** The state as another process would see it; closed with the test. */
  state(): State;
}

export const TENANT = 'contoso';
const ENV = { CORDON_ACCESS_TOKEN: 'opaque-token', AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: 'app' };

/** Everything is closed and removed when the test is over. */
export async function useCase({ emulator = {}, instead, env = ENV, onEvent }: UseCaseOptions = {}): Promise<UseCase> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'cordon-run-'));
  const api = await record({ machines: [1, 2, 3, 4, 5].map(machineId), ...emulator }, instead);
  onTestFinished(async () => {
    await api[Symbol.asyncDispose]();
    await folder.remove();
  });
  const [events, complaints, controller] = [[] as RunEvent[], [] as string[], new AbortController()];
  const listener = (event: RunEvent): void => {
    events.push(event);
    onEvent?.(event);
  };
  const path = (name: string): string => join(folder.path, name);
  return {
    api,
    events,
    complaints,
    controller,
    path,
    tools: { env: { HOME: folder.path, ...env }, log: noting(complaints), secrets: new Secrets(), listener, signal: controller.signal },
    file: (name, ...lines) => {
      writeFileSync(path(name), lines.join('\n'));
      return path(name);
    },
    settings: (more = {}, jobFlags = {}) => {
      const usual = { apiUrl: api.url, state: path('state.db'), report: path('{run}'), formats: ['json', 'csv'], comment: 'INC-7' };
      const { sources } = settingsOfValues(given({ ...usual, ...more }), {});
      return settingsFrom({ ...sources, jobFlags });
    },
    state: () => {
      const state = new SqliteState(path('state.db'), { emulated: undefined });
      onTestFinished(() => state.close());
      return state;
    },
  };
}

function given(values: Values): SettingValues {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function noting(complaints: string[]): Tools['log'] {
  const note = (_: object, message: string): void => void complaints.push(message);
  const quiet = (): void => undefined;
  return { debug: quiet, info: quiet, warn: note, error: note };
}

export const yes: Confirm = async () => ({ yes: true });

/** Ids of the first machines. */
export function ids(count: number): string[] {
  return Array.from({ length: count }, (_, i) => machineId(i + 1));
}
