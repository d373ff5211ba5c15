/**
 * What cordon adds to a call: a run with the quota lifted, against an emulator in a process of its own, on a state in memory and on a
 * durable one, beside a bare fetch loop of the same concurrency, by turns: `node bench/overhead.ts [--short]`.
 */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONCURRENCY } from './pace/engine.ts';
import { startEmulatorProcess } from './support/child.ts';
import { isShort, median, promise, table } from './support/figures.ts';
import { measured } from './support/measured.ts';

const CALLS = isShort ? 500 : 1500;
const ROUNDS = isShort ? 3 : 7;
/** Of the wall time and of the CPU's. */
const MOST_SHARE = 0.4;

interface Used {
  readonly ms: number;
  readonly cpuMs: number;
}
type Way = 'fetch loop' | 'cordon, state in memory' | 'cordon, SQLite';

await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-bench-'));
const used: Record<Way, Used[]> = { 'fetch loop': [], 'cordon, state in memory': [], 'cordon, SQLite': [] };
for (let round = 0; round < ROUNDS; round += 1) {
  const path = join(folder.path, `${round}.db`);
  used['fetch loop'].push(await usedBy((url) => ['bench/support/fetch-loop.ts', url, String(CALLS), String(CONCURRENCY)]));
  used['cordon, state in memory'].push(await usedBy((url) => ['bench/support/engine-loop.ts', url, String(CALLS), 'memory']));
  used['cordon, SQLite'].push(await usedBy((url) => ['bench/support/engine-loop.ts', url, String(CALLS), path]));
}
const of = (way: Way, figure: keyof Used): number => median(used[way].map((one) => one[figure]));
const bare = of('fetch loop', 'ms');
const ways: readonly Way[] = ['fetch loop', 'cordon, state in memory', 'cordon, SQLite'];
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
console.log('PostgreSQL is left out: the contract is measured on the state in a file');
promise('the durable commit’s share of a run’s time', shareOf('ms'), MOST_SHARE);
promise('the durable commit’s share of a run’s CPU', shareOf('cpuMs'), MOST_SHARE);
promise('fastest hour of the quota (1500 calls) in seconds without one', (of('cordon, SQLite', 'ms') * 1500) / CALLS / 1000, 60);

/** Each has an emulator of its own. */
async function usedBy(args: (url: string) => readonly string[]): Promise<Used> {
  const { child, url } = await startEmulatorProcess(['--rate', '1000000/1m,1000000/1h']);
  const { stdout } = measured(args(url));
  child.kill();
  return JSON.parse(stdout);
}
