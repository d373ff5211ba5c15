/** The whole of cordon that sends (dispatcher, lanes, gates, reconciler), on a state in memory. */
import { restrict } from '../../jobs/restrict.ts';
import type { State, Tokens } from '../../src/core/ports.ts';
import type { PlannedRow, Run, Window } from '../../src/core/types.ts';
import { createApi } from '../../src/defender/client.ts';
import { Halt } from '../../src/engine/attempts/halt.ts';
import { Lane } from '../../src/engine/attempts/lane.ts';
import { ServerClock } from '../../src/engine/attempts/server-clock.ts';
import { openSender } from '../../src/engine/dispatch/sender.ts';
import { QuotaGate } from '../../src/engine/quota/gate.ts';
import type { Transport } from '../../src/http/transport.ts';

const TIMEOUT_MS = 30_000;
export const CONCURRENCY = 50;
const clock = { now: () => Date.now(), mono: () => performance.now() };
const quiet = (): void => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const tokens: Tokens = { current: () => Promise.resolve({ token: 'opaque', expiresAt: Infinity }), renew: () => Promise.resolve(false) };

export interface Carried {
  readonly state: State;
  readonly id: string;
  readonly machines: readonly string[];
  readonly windows: readonly Window[];
  readonly transport: Transport;
  readonly origin: string;
  /** How late a list may show an action, ms. */
  readonly readLagMs?: number;
  /** `--pace even`. */
  readonly isEven?: boolean;
}

/** Records a run and carries it out. @throws what stopped it */
export async function carryOut({
  state,
  id,
  machines,
  windows,
  transport,
  origin,
  readLagMs = 1000,
  isEven = false,
}: Carried): Promise<void> {
  const run = runOf(id, origin);
  await state.createRun(run, rowsOf(machines));
  const lock = await state.lockRun(id);
  const halt = new Halt();
  const server = new ServerClock(clock);
  const api = createApi({ origin, transport, timeoutMs: TIMEOUT_MS, userAgent: 'bench' });
  const limits = { attemptTimeoutMs: TIMEOUT_MS, outageMs: 60_000 };
  const shared = { run, state, api, halt, clock, log, server, job: restrict, windows, readLagMs, ...limits };
  const sender = await openSender({
    ...shared,
    sharedQuota: false,
    retries: 5,
    maxErrors: { count: machines.length },
    openLane: async ({ segment, isForActions = false, ...wish }) => {
      const gate = new QuotaGate({ windows, concurrency: CONCURRENCY, clock, isEven: isEven && isForActions });
      const ofLane = { gate, quotaKey: `${id}/${segment}`, windows, state, tokens, clock, halt, log, what: segment, server };
      return { lane: new Lane({ ...ofLane, ...limits, ...wish }) };
    },
  });
  await sender.send(quiet);
  await lock.release();
  if (halt.stopped) throw new Error(halt.reasons.map(({ why }) => why).join('; '));
}

export function runOf(id: string, host: string): Run {
  return {
    id,
    job: restrict.name,
    tenant: 'bench',
    clientId: 'bench',
    host,
    comment: 'bench',
    operator: 'bench',
    emulated: true,
    listHash: '',
    planHash: null,
    settings: {},
    createdAt: clock.now(),
    finishedAt: null,
    status: 'running',
    exitCode: null,
    note: null,
    observed: null,
  };
}

function* rowsOf(machines: readonly string[]): Iterable<PlannedRow> {
  for (const [at, machineId] of machines.entries()) yield { row: at + 1, machineId, deviceName: '', file: 'bench', line: at + 1 };
}
