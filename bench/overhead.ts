/**
 * What cordon adds to a call: a run with the quota lifted, against an emulator in a process of its own, on a state in memory and on a
 * durable one, beside a bare fetch loop of the same concurrency, by turns: `node bench/overhead.ts [--short]`.
 */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BIN, startPostgres } from '../test/support/postgres.ts';
import { CONCURRENCY } from './pace/engine.ts';
import { startEmulatorProcess } from './support/child.ts';
import { isShort, median, promise, table } from './support/figures.ts';
import { measured } from './support/measured.ts';

const CALLS = isShort ? 300 : 1500;
const ROUNDS = isShort ? 2 : 7;
const MOST_SHARE = 0.4;

interface Used {
  readonly ms: number;
  readonly cpuMs: number;
}
type Way = 'fetch loop' | 'cordon, state in memory' | 'cordon, SQLite' | 'cordon, PostgreSQL';

await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-bench-'));
const used: Record<Way, Used[]> = { 'fetch loop': [], 'cordon, state in memory': [], 'cordon, SQLite': [], 'cordon, PostgreSQL': [] };
const postgres = isShort || BIN === undefined ? undefined : await startPostgres();
for (let round = 0; round < ROUNDS; round += 1) {
  const path = join(folder.path, `${round}.db`);
  used['fetch loop'].push(await usedBy((url) => ['bench/support/fetch-loop.ts', url, String(CALLS), String(CONCURRENCY)]));
  used['cordon, state in memory'].push(await usedBy((url) => ['bench/support/engine-loop.ts', url, String(CALLS), 'memory']));
  used['cordon, SQLite'].push(await usedBy((url) => ['bench/support/engine-loop.ts', url, String(CALLS), path]));
  if (!postgres) continue;
  const { url: address, env } = postgres;
  used['cordon, PostgreSQL'].push(await usedBy((url) => ['bench/support/engine-loop.ts', url, String(CALLS), address], env));
}
await postgres?.close();
const of = (way: Way, figure: keyof Used): number => median(used[way].map((one) => one[figure]));
const bare = of('fetch loop', 'ms');
const ways = (['fetch loop', 'cordon, state in memory', 'cordon, SQLite', 'cordon, PostgreSQL'] as const).filter(
  (way) => used[way].length > 0,
);
console.log(`${CALLS} calls, ${CONCURRENCY} at a time`);
console.log(
  table(
    ['', 'calls a second', 'times the fetch loop', 'ms CPU a call'],
    ways.map((way) => {
      const [ms, cpu] = [of(way, 'ms'), of(way, 'cpuMs')];
      return [way, ((CALLS * 1000) / ms).toFixed(0), (ms / bare).toFixed(2), (cpu / CALLS).toFixed(2)];
    }),
  ),
);
const shareOf = (figure: keyof Used): number => 1 - of('cordon, state in memory', figure) / of('cordon, SQLite', figure);
if (!postgres) console.log(`PostgreSQL is left out: ${isShort ? 'the short form has no time for it' : 'none is installed here'}`);
console.log(`the durable commit takes ${(100 * shareOf('ms')).toFixed(0)} % of the time of a run without a quota (SQLite)`);
promise('cordon with its state in memory / fetch loop, time', of('cordon, state in memory', 'ms') / bare, 2);
promise('cordon on SQLite / fetch loop, CPU', of('cordon, SQLite', 'cpuMs') / of('fetch loop', 'cpuMs'), 2);
promise('the durable commit’s share of a run’s CPU', shareOf('cpuMs'), MOST_SHARE);

/** Each has an emulator of its own. */
async function usedBy(args: (url: string) => readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Used> {
  const { child, url } = await startEmulatorProcess(['--rate', '1000000/1m,1000000/1h']);
  const { stdout } = measured(args(url), { env });
  child.kill();
  return JSON.parse(stdout);
}
