/** A session of the library's against an emulator on a real socket, with a state in a folder of its own. */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { openSession, type RunEvent, type Session } from '../../src/index.ts';

export interface Opened {
  readonly session: Session;
  readonly emulator: RunningEmulator;
  readonly events: RunEvent[];
  readonly folder: string;
  /** One more session on the same state and API, as another process would open. */
  readonly again: (settings?: object, signal?: AbortSignal) => Promise<Session>;
}

/** Everything is closed when the test is over. */
export async function opened(options: Partial<EmulatorOptions>, settings: object = {}): Promise<Opened> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'cordon-session-'));
  const emulator = await startEmulator(options);
  const events: RunEvent[] = [];
  const sessions: Session[] = [];
  const again = async (more: object = {}, signal?: AbortSignal): Promise<Session> => {
    const session = await openSession({
      settings: {
        apiUrl: emulator.url,
        state: join(folder.path, 'state.db'),
        report: join(folder.path, '{run}'),
        comment: 'INC-7',
        ...settings,
        ...more,
      },
      env: { CORDON_ACCESS_TOKEN: 'opaque-token' },
      onEvent: (event) => void events.push(event),
      ...(signal && { signal }),
    });
    sessions.push(session);
    return session;
  };
  onTestFinished(async () => {
    for (const session of sessions) await session.close();
    await emulator.close();
    await folder.remove();
  });
  return { session: await again(), emulator, events, folder: folder.path, again };
}
