/**
 * A run of N rows without a network, in a process of its own: planned, recorded, each call begun and ended as the engine does
 * it, 100 at a time, counted, and read for a report. `node bench/support/bookkeeping.ts N STATE`; says the CPU's and the wall's ms.
 */
import { restrict } from '../../jobs/restrict.ts';
import { exclusionsOf } from '../../src/core/exclusions.ts';
import { PackedRows } from '../../src/core/packed-rows.ts';
import { plan } from '../../src/core/plan.ts';
import { API_WINDOWS } from '../../src/core/rate.ts';
import type { Answer, OpenCall } from '../../src/core/types.ts';
import { Feed } from '../../src/engine/dispatch/feed.ts';
import { SqliteState } from '../../src/state/sqlite.ts';
import { runOf } from '../pace/engine.ts';

const [count = '', path = ''] = process.argv.slice(2);
const state = new SqliteState(path, { emulated: true });
await carryOut('warm-up', 1000, 0);
const before = process.cpuUsage();
const began = performance.now();
await carryOut('measured', Number(count), 1000);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ cpuMs: (user + system) / 1000, ms: performance.now() - began }));
await state.close();

async function carryOut(id: string, calls: number, from: number): Promise<void> {
  const rows = new PackedRows();
  for (let line = 1; line <= calls; line += 1)
    rows.add({ text: (from + line).toString(16).padStart(40, '0'), deviceName: '', file: 'bench', line });
  const planned = plan({ job: restrict, rows, exclusions: exclusionsOf([], []) });
  await state.createRun(runOf(id, 'https://api.example.com'), planned.rows);
  const lock = await state.lockRun(id);
  const feed = new Feed(100);
  const running = new Set<Promise<void>>();
  for await (const call of state.openCalls(id)) {
    await feed.enter();
    const work = one(id, call, from).finally(() => {
      running.delete(work);
      feed.leave();
    });
    running.add(work);
  }
  await Promise.all(running);
  const { open } = await state.callCounts(id);
  let read = 0;
  for await (const { outcome } of state.rows(id)) read += Number(outcome === 'created');
  if (open !== 0 || read !== calls) throw new Error(`${open} of ${calls} calls are open, ${read} created`);
  await lock.release();
}

/** The quota's own windows are counted, on a clock that gives each call its 2.4 s. */
async function one(runId: string, { row, machineId }: OpenCall, from: number): Promise<void> {
  const at = 1.7e12 + (from + row) * 2500;
  const intent = { runId, row, quotaKey: 'bench', windows: API_WINDOWS, now: () => at, timeoutMs: 30_000 };
  const begun = await state.beginAttempt(intent);
  if (!begun.begun) throw new Error('the quota is full');
  const answer: Answer = { kind: 'response', status: 201, body: `{"id":"${machineId}","status":"Pending"}` };
  const settlement = { outcome: 'created', actionId: machineId, actionStatus: 'Pending', httpStatus: 201 } as const;
  await state.endAttempt(begun.attempt, { at: at + 100, answer, verdict: 'settled', settlement });
}
