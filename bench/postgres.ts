/**
 * What a shared state bears: begins and ends of attempts a second, four processes with 16 of them under way each, real
 * depths of the windows: `node bench/postgres.ts`. The server is the test's own, with fsync on; needs PostgreSQL installed.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { State } from '../src/core/ports.ts';
import type { Run } from '../src/core/types.ts';
import { openPostgres } from '../src/state/postgres/index.ts';
import { BIN, startPostgres } from '../test/support/postgres.ts';

const PROCESSES = 4;
const UNDER_WAY = 16;
const SECONDS = 8;
/** As deep as the API's, and so short that nobody waits. */
const WINDOWS = [
  { limit: 100, ms: 1 },
  { limit: 1500, ms: 1 },
];

interface Counted {
  readonly pairs: number;
  /** Of one begin, ms. */
  readonly took: readonly number[];
}

const [, , address] = process.argv;
if (address !== undefined) await work(address, Number(process.argv[3]));
else if (BIN !== undefined) await main();

async function main(): Promise<void> {
  const server = await startPostgres({ settings: ['fsync = on'] });
  try {
    for (const keys of [1, 200]) {
      const url = `${server.url}?schema=keys_${keys}`;
      await (await openPostgres(url, { emulated: false, env: server.env })).close();
      const children = Array.from({ length: PROCESSES }, () =>
        fork(import.meta.filename, [url, String(keys)], { env: { ...process.env, ...server.env } }),
      );
      const counted = await Promise.all(children.map(async (child): Promise<Counted> => (await once(child, 'message'))[0]));
      const took = counted.flatMap((each) => each.took).toSorted((a, b) => a - b);
      const at = (share: number): string => (took[Math.floor(share * took.length)] ?? 0).toFixed(0);
      const pairs = counted.reduce((sum, each) => sum + each.pairs, 0);
      console.log(`${keys} quota key(s): ${Math.round(pairs / SECONDS)} pairs a second, one begin p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
    }
  } finally {
    await server.close();
  }
}

async function work(url: string, keys: number): Promise<void> {
  const state = await openPostgres(url, { emulated: false, env: process.env });
  const id = `r-${process.pid}`;
  await state.createRun(aRun(id), []);
  await state.lockRun(id);
  const took: number[] = [];
  const end = performance.now() + SECONDS * 1000;
  const one = async (): Promise<void> => {
    while (performance.now() < end) took.push(await pair(state, id, `key-${Math.floor(Math.random() * keys)}`, took.length + 1));
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, one));
  await state.close();
  process.send?.({ pairs: took.length, took });
}

async function pair(state: State, runId: string, quotaKey: string, row: number): Promise<number> {
  const before = performance.now();
  const begun = await state.beginAttempt({ runId, row, quotaKey, windows: WINDOWS, now: Date.now, timeoutMs: 1 });
  const took = performance.now() - before;
  if (begun.begun) await state.endAttempt(begun.attempt, { at: Date.now(), answer: null, verdict: 'again' });
  return took;
}

function aRun(id: string): Run {
  const who = { job: 'restrict', tenant: 't', clientId: 'c', host: 'h', comment: 'x', operator: 'o' };
  const when = { createdAt: 0, finishedAt: null, exitCode: null, note: null, observed: null, status: 'running' } as const;
  return { id, ...who, ...when, emulated: false, listHash: '', planHash: null, settings: {} };
}
