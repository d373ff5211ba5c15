/**
 * What recording costs: a run of 1500 calls against the emulator in a process of its own, with a quota so wide that the
 * CPU is the limit, once with the SQLite state and once with the state in memory, by turns: `node bench/recording.ts`.
 */
import { mkdtempDisposable } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restrict } from '../jobs/restrict.ts';
import type { State, Tokens } from '../src/core/ports.ts';
import type { PlannedRow, Run } from '../src/core/types.ts';
import { createApi } from '../src/defender/client.ts';
import { createTransport, type Transport } from '../src/http/transport.ts';
import { Halt } from '../src/engine/attempts/halt.ts';
import { openSender } from '../src/engine/dispatch/sender.ts';
import { ServerClock } from '../src/engine/attempts/server-clock.ts';
import { Lane } from '../src/engine/attempts/lane.ts';
import { QuotaGate } from '../src/engine/quota/gate.ts';
import { MemoryState } from '../src/state/memory.ts';
import { SqliteState } from '../src/state/sqlite.ts';

const CALLS = 1500;
const ROUNDS = 5;
const MOST_SHARE = 0.35;
const WINDOWS = [
  { limit: 1_000_000, ms: 60_000 },
  { limit: 1_000_000, ms: 3_600_000 },
];
const TIMEOUT_MS = 30_000;
const clock = { now: () => Date.now(), mono: () => performance.now() };
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const tokens: Tokens = { current: () => Promise.resolve({ token: 'opaque', expiresAt: Infinity }), renew: () => Promise.resolve(false) };

await main();

async function main(): Promise<void> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../src/cli.ts'), 'emulate', '--json', '--rate', '1000000/1m,1000000/1h'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  try {
    const [line] = await once(child.stdout, 'data');
    const { url }: { url: string } = JSON.parse(String(line));
    await measure(url);
  } finally {
    child.kill();
  }
}

async function measure(url: string): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-bench-'));
  const transport = createTransport();
  const sqlite: number[] = [];
  const memory: number[] = [];
  // The first round of each warms up the compiler and is not counted.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const path = join(folder.path, `${round}.db`);
    const pair = [
      await cpuOf(new SqliteState(path, { emulated: true }), `bench-${round}-sqlite`, url, transport),
      await cpuOf(new MemoryState(), `bench-${round}-memory`, url, transport),
    ] as const;
    if (round === 0) continue;
    sqlite.push(pair[0]);
    memory.push(pair[1]);
  }
  transport.close();
  const [withFile, without] = [median(sqlite), median(memory)];
  const share = (withFile - without) / withFile;
  console.log(
    `recording: ${CALLS} calls, median of ${ROUNDS} rounds: ${withFile.toFixed(0)} ms CPU with SQLite, ${without.toFixed(0)} ms in memory`,
  );
  console.log(`recording: ${(share * 100).toFixed(1)}% of the run's CPU (at most ${MOST_SHARE * 100}%)`);
  if (share > MOST_SHARE) process.exitCode = 1;
}

/** CPU of this process for one run, from its first attempt to the last call's settlement, ms. */
async function cpuOf(state: State, id: string, url: string, transport: Transport): Promise<number> {
  const run: Run = {
    id,
    job: restrict.name,
    tenant: 'bench',
    clientId: 'bench',
    host: url,
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
  await state.createRun(run, rows(id));
  const lock = await state.lockRun(id);
  const before = process.cpuUsage();
  await carryOut(state, run, createApi({ origin: url, transport, timeoutMs: TIMEOUT_MS, userAgent: 'bench' }));
  const { calls, open } = await state.callCounts(id);
  const { user, system } = process.cpuUsage(before);
  if (calls !== CALLS || open !== 0) throw new Error(`${open} of ${calls} calls are open`);
  await lock.release();
  await state.close();
  return (user + system) / 1000;
}

function* rows(id: string): Iterable<PlannedRow> {
  for (let row = 1; row <= CALLS; row += 1)
    yield {
      row,
      machineId: Buffer.from(`${id}-${row}`).toString('hex').padStart(40, '0').slice(-40),
      deviceName: '',
      file: 'bench',
      line: row,
    };
}

async function carryOut(state: State, run: Run, api: ReturnType<typeof createApi>): Promise<void> {
  const halt = new Halt();
  const server = new ServerClock(clock);
  const sender = await openSender({
    run,
    state,
    api,
    halt,
    clock,
    log,
    server,
    job: restrict,
    windows: WINDOWS,
    sharedQuota: true,
    retries: 0,
    attemptTimeoutMs: TIMEOUT_MS,
    outageMs: 60_000,
    readLagMs: 1000,
    maxErrors: { count: CALLS },
    openLane: async ({ segment, ...wish }) => {
      const gate = new QuotaGate({ windows: WINDOWS, concurrency: 20, clock });
      const shared = { gate, quotaKey: run.id, windows: WINDOWS, state, tokens, clock, halt, log, what: segment, ...wish };
      return { lane: new Lane({ ...shared, server, attemptTimeoutMs: TIMEOUT_MS, outageMs: 60_000 }) };
    },
  });
  await sender.send(() => undefined);
  if (halt.stopped) throw new Error(halt.reasons.map(({ why }) => why).join('; '));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
