/**
 * What tenants cost one worker: CPU and memory of a real `cordon worker` that carries out a run for each of N tenants, at the
 * API's own rates, against an emulator in a process of its own: `node bench/fleet.ts [TENANTS…]`. Needs PostgreSQL installed,
 * and reads /proc.
 */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { openQueue } from '../src/fleet/queue.ts';
import { submitRun } from '../src/fleet/submit.ts';
import { connectionTo, openPostgres } from '../src/state/postgres/index.ts';
import { aRun, machineId, rows } from '../test/support/builders.ts';
import { BIN, startPostgres } from '../test/support/postgres.ts';
import { startCordon, type Started } from '../test/support/started.ts';

/** The first hundred go out at once, the rest a minute later. */
const MACHINES = 150;
/** /proc counts CPU in hundredths of a second. */
const TICK_MS = 10;

interface Cost {
  readonly cpuMs: number;
  readonly rssMb: number;
}

const counts = process.argv
  .slice(2)
  .filter((word) => !word.startsWith('--'))
  .map(Number);
if (BIN !== undefined) for (const count of counts.length > 0 ? counts : [1, 25, 100]) await measure(count);

async function measure(tenants: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-'));
  const server = await startPostgres({ settings: ['fsync = on'] });
  const ids = Array.from({ length: tenants }, (_, i) => `00000000-0000-4000-b000-${String(i).padStart(12, '0')}`);
  const emulator = startCordon(['emulate', '--json', '--latency', '50-150ms', ...ids.flatMap((id) => ['--also-tenant', id])], {});
  try {
    const { url, clientId, clientSecret } = JSON.parse(/\{.*clientSecret.*/.exec(await emulator.printed(/clientSecret.*\n/))?.[0] ?? '');
    const state = await openPostgres(server.url, { emulated: false, env: server.env });
    const queue = await openQueue(connectionTo(server.url, server.env), 'submitter', () => {});
    for (const [i, tenant] of ids.entries()) {
      const run = aRun({
        id: `r-20261125-000000-${String(i).padStart(4, '0')}`,
        tenant,
        clientId,
        host: url,
        createdAt: Date.now(),
        settings: {},
      });
      // One emulator has them all: no machine is in two tenants.
      const own = rows(MACHINES).map((row) => ({ ...row, machineId: machineId(MACHINES * i + row.row) }));
      await submitRun(state, queue, run, own);
    }
    await queue.stop({ graceful: false });
    const env = {
      ...server.env,
      CORDON_STATE: server.url,
      AZURE_AUTHORITY_HOST: url,
      AZURE_CLIENT_ID: clientId,
      AZURE_CLIENT_SECRET: clientSecret,
    };
    const worker = startCordon(['worker', '--concurrency', String(tenants), '--quiet'], {
      cwd: folder,
      env: { ...env, AZURE_TENANT_ID: ids[0] },
    });
    const began = performance.now();
    const cost = await costOf(worker, async () => (await state.runs()).every(({ status }) => status === 'done'));
    const seconds = (performance.now() - began) / 1000;
    const calls = tenants * MACHINES;
    const perCall = (cost.cpuMs / calls).toFixed(2);
    console.log(
      `${tenants} tenants, ${calls} calls in ${seconds.toFixed(0)} s: ${(cost.cpuMs / 1000).toFixed(1)} s CPU (${perCall} ms a call), ${cost.rssMb} MB at most`,
    );
    worker.process.kill('SIGTERM');
    await worker.ended;
    await state.close();
  } finally {
    emulator.process.kill('SIGKILL');
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of a process, until it is done. */
async function costOf({ process: child }: Started, isDone: () => Promise<boolean>): Promise<Cost> {
  let cost: Cost = { cpuMs: 0, rssMb: 0 };
  do {
    await pass(2000);
    if (child.exitCode !== null) throw new Error(`the worker ended with ${child.exitCode}`);
    // After the name, which may hold spaces: user and system time are the 14th and 15th fields.
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
    cost = { cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, rssMb: Math.round(Number(peak) / 1024) };
  } while (!(await isDone()));
  return cost;
}
