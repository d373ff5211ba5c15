/** The fleet's queue: pg-boss, in a schema of its own beside the state's. It is loaded here and only when asked for. */
import { createHash } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import type { PgBoss } from 'pg-boss';
import { messageOf, StateUnavailableError } from '../core/errors.ts';

/** How the server is reached: what the state's address and environment say. */
export interface QueueConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly ssl: false | ConnectionOptions;
  readonly password: () => string;
  /** The state's schema; the queue's is named after it. */
  readonly schema: string;
}

/** `submitter` sends and lists; `worker` also watches over the jobs of others and over the schedules. */
export type Role = 'submitter' | 'worker';

/** Jobs that carry out a run, and jobs that make one from a schedule. */
export const RUNS = 'runs';
export const SCHEDULED = 'scheduled';

/** A worker says this often that it lives (s); one that said nothing for so long is taken for dead. 10 is the least there is. */
const HEARTBEAT_S = 10;
/** How often the workers look for the dead, s. */
const WATCH_S = 5;
const DAY_S = 86_400;

/** A run's end is data: what is tried again is a run whose worker died, handed it back, or found it busy. As often as it takes. */
const AGAIN = { retryLimit: 100_000, retryDelay: 2 } as const;
/** One run for each tenant and job at a time: the policy is a unique index on the key of what is active. */
const RUN_QUEUE = {
  policy: 'singleton',
  heartbeatSeconds: HEARTBEAT_S,
  expireInSeconds: DAY_S - 1,
  retentionSeconds: 400 * DAY_S,
  ...AGAIN,
};
const SCHEDULE_QUEUE = { heartbeatSeconds: HEARTBEAT_S, expireInSeconds: DAY_S - 1, retryLimit: 3, retryDelay: 5 };

/** @throws StateUnavailableError when the server cannot be reached */
export async function openQueue(connection: QueueConnection, role: Role, onProblem: (why: string) => void): Promise<PgBoss> {
  const { PgBoss } = await import('pg-boss');
  const { schema, ...server } = connection;
  const watches = role === 'worker';
  const boss = new PgBoss({
    ...server,
    schema: `${schema}_queue`,
    application_name: `cordon ${role}`,
    max: 4,
    supervise: watches,
    schedule: watches,
    superviseIntervalSeconds: WATCH_S,
    monitorIntervalSeconds: WATCH_S,
  });
  // What it cannot do now it tries again; without a listener the process would end.
  boss.on('error', (error) => onProblem(messageOf(error)));
  try {
    await boss.start();
    await boss.createQueue(RUNS, RUN_QUEUE);
    await boss.createQueue(SCHEDULED, SCHEDULE_QUEUE);
    return boss;
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {});
    throw new StateUnavailableError(`the queue ${schema}_queue cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/** The number of a run's job, the same whoever asks: a run is on the queue once. */
export function jobIdOf(runId: string): string {
  const hex = createHash('sha256').update(`cordon run ${runId}`).digest('hex');
  // The shape of a UUID of version 8: of our own making.
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
