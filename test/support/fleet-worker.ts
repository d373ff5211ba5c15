/**
 * A worker of the fleet with a carry-out of the test's: it settles one row after the other, and writes down when it began
 * and ended with a run and every row that it "sent". Arguments: address. Ends by SIGTERM.
 */
import { setTimeout as pass } from 'node:timers/promises';
import { Pool } from 'pg';
import { openQueue } from '../../src/fleet/queue.ts';
import { startWorker, type Carried } from '../../src/fleet/worker.ts';
import { connectionTo, openPostgres } from '../../src/state/postgres/index.ts';

const [address = ''] = process.argv.slice(2);
const ROW_MS = 15;
const connection = connectionTo(address, process.env);
const state = await openPostgres(address, { emulated: false, env: process.env });
const { host, port, user, database } = connection;
const journal = new Pool({ host, port, user, database, password: connection.password() });
journal.on('error', () => {});

async function carryOut(runId: string, signal: AbortSignal): Promise<Carried> {
  const lock = await state.lockRun(runId);
  await journal.query("INSERT INTO visit (run, pid, what, at) VALUES ($1, $2, 'begin', clock_timestamp())", [runId, process.pid]);
  try {
    for await (const { row } of state.openCalls(runId)) {
      if (signal.aborted) return { exitCode: 143, resumable: true };
      await pass(ROW_MS);
      const quota = { quotaKey: runId, windows: [{ limit: 1000, ms: 1000 }], now: Date.now, timeoutMs: 1000 };
      const begun = await state.beginAttempt({ runId, row, ...quota });
      if (!begun.begun) throw new Error('no quota');
      await state.endAttempt(begun.attempt, { at: Date.now(), answer: null, verdict: 'settled', settlement: { outcome: 'created' } });
    }
    await state.updateRun(runId, { status: 'done', exitCode: 0, finishedAt: Date.now() });
    return { exitCode: 0, resumable: false };
  } finally {
    await journal.query("INSERT INTO visit (run, pid, what, at) VALUES ($1, $2, 'end', clock_timestamp())", [runId, process.pid]);
    await lock.release();
  }
}

const queue = await openQueue(connection, 'worker', (why) => console.error(why));
const worker = await startWorker({ queue, concurrency: 4, carryOut });
async function end(): Promise<void> {
  await worker.stop(10_000);
  await state.close();
  await journal.end();
}
process.once('SIGTERM', () => void end());
console.log('working');
