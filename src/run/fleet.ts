/** The shared state and its queue, where the settings name one. */
import type { PgBoss } from 'pg-boss';
import { UsageError } from '../core/errors.ts';
import type { State } from '../core/ports.ts';
import type { Run } from '../core/types.ts';
import { openQueue, type Role } from '../fleet/queue.ts';
import { submitRun, type SharedState, type When } from '../fleet/submit.ts';
import type { Settings } from '../settings/settings.ts';
import { connectionTo, isPostgres, openPostgres } from '../state/postgres/index.ts';
import { scrubbing, scrubbingCreate } from '../state/scrubbed.ts';
import type { Tools } from '../wiring/tools.ts';

export interface Fleet {
  readonly queue: PgBoss;
  /** The state that all workers share. */
  readonly state: State;
  /** Keeps a run in the state and puts it onto the queue, both or neither. @throws StateError */
  submit(run: Run, rows: Parameters<State['createRun']>[1], when: When): Promise<void>;
  close(): Promise<void>;
}

/** @throws UsageError without a shared state; StateUnavailableError when its server does not answer */
export async function openFleet(settings: Settings, role: Role, tools: Tools): Promise<Fleet> {
  const address = sharedState(settings);
  const { env, log, secrets } = tools;
  const shared = await openPostgres(address, { emulated: undefined, env, patienceMs: settings.outage });
  try {
    const queue = await openQueue(connectionTo(address, env), role, (why) => log.warn({ why }, 'the queue cannot be used at this moment'));
    const keeping: SharedState = { createRun: scrubbingCreate((run, rows, also) => shared.createRun(run, rows, also), secrets) };
    return {
      queue,
      state: scrubbing(shared, secrets),
      submit: (run, rows, when) => submitRun(keeping, queue, run, rows, when),
      close: async () => {
        await queue.stop({ graceful: false });
        await shared.close();
      },
    };
  } catch (error) {
    await shared.close();
    throw error;
  }
}

/** The address of the shared state. @throws UsageError when the state is a file */
export function sharedState(settings: Pick<Settings, 'state' | 'emulator'>): string {
  if (settings.emulator)
    throw new UsageError('a built-in emulator ends with its process: the fleet cannot work on it', {
      hint: 'cordon emulate is a server of its own.',
    });
  if (isPostgres(settings.state)) return settings.state;
  const file = nameOf(settings);
  throw new UsageError(`the fleet needs a state that its workers share, and this one is ${file}`, {
    hint: 'Name a PostgreSQL server: --state postgres://USER@HOST/DATABASE, or CORDON_STATE (docs/fleet.md).',
  });
}

function nameOf({ state }: Pick<Settings, 'state'>): string {
  return state === undefined ? 'a file of this machine' : `the file ${state}`;
}
