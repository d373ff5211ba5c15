import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { openQueue } from '../../src/fleet/queue.ts';
import { submitRun } from '../../src/fleet/submit.ts';
import { connectionTo, openPostgres } from '../../src/state/postgres/index.ts';
import { aRun, rows } from '../support/builders.ts';
import { scratch } from '../support/cli.ts';
import { BIN, startPostgres, type TestServer } from '../support/postgres.ts';

const TENANTS = 30;
const MACHINES = 60;
const WORKERS = 3;
const RATE = [
  { limit: 8, ms: 1000 },
  { limit: 1500, ms: 60_000 },
];

describe.skipIf(BIN === undefined)('a fleet under fire', () => {
  let server: TestServer;
  let emulators: RunningEmulator[];
  const workers: ChildProcess[] = [];
  const folder = scratch();
  beforeAll(async () => {
    server = await startPostgres();
    const machines = rows(MACHINES).map((row) => row.machineId);
    emulators = await Promise.all(
      Array.from({ length: TENANTS }, () => startEmulator({ rate: RATE, machines, latencyMs: [5, 60], actionMs: [200, 400] })),
    );
  }, 60_000);
  afterEach(() => workers.forEach((child) => child.kill('SIGKILL')));
  afterAll(async () => {
    await Promise.all(emulators.map((emulator) => emulator.close()));
    await server.close();
    folder[Symbol.dispose]();
  });

  const start = async (address: string): Promise<void> => {
    const file = new URL('../support/fleet-carrier.ts', import.meta.url).pathname;
    const settings = {
      CORDON_ACCESS_TOKEN: 'opaque-token',
      CORDON_RATE: '8/1s,1500/60s',
      CORDON_READ_LAG: '1s',
      CORDON_ATTEMPT_TIMEOUT: '2s',
      CORDON_MAX_AGE: '1d',
    };
    const child = spawn(process.execPath, [file, address], {
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], HOME: folder.path, ...settings, ...server.env },
    });
    workers.push(child);
    await once(child.stdout, 'data');
  };

  it('asks for every machine of every tenant exactly once, and is never throttled', async ({ signal }) => {
    const address = `${server.url}?schema=fire`;
    const state = await openPostgres(address, { emulated: false, env: server.env });
    const queue = await openQueue(connectionTo(address, server.env), 'submitter', () => {});
    for (const [i, emulator] of emulators.entries())
      await submitRun(
        state,
        queue,
        aRun({ id: `r-20261125-0000${i + 10}-fire`, tenant: `tenant-${i}`, host: emulator.url, createdAt: Date.now(), settings: {} }),
        rows(MACHINES),
      );
    await Promise.all(Array.from({ length: WORKERS }, () => start(address)));

    for (const what of ['kill', 'cut', 'kill', 'restart', 'kill', 'restart']) {
      await pass(1500, undefined, { signal });
      if (what === 'kill') {
        const victim = workers.find(({ signalCode, exitCode }) => signalCode === null && exitCode === null);
        victim?.kill('SIGKILL');
        await start(address);
      } else if (what === 'cut') await server.cut();
      else {
        await server.stop(what === 'restart' ? 'immediate' : 'fast');
        await server.start();
      }
    }
    for (;;) {
      signal.throwIfAborted();
      const runs = await state.runs();
      if (runs.every(({ status }) => status === 'done')) break;
      await pass(200);
    }
    expect((await state.runs()).map(({ outcomes }) => outcomes)).toEqual(emulators.map(() => ({ created: MACHINES })));
    for (const emulator of emulators) {
      const asked = emulator.actions().map((action) => action.machineId);
      expect([asked.length, new Set(asked).size]).toEqual([MACHINES, MACHINES]);
      expect(emulator.stats().apis.reduce((sum, api) => sum + api.throttled, 0)).toBe(0);
    }
    await queue.stop({ graceful: false });
    await state.close();
  }, 180_000);
});
