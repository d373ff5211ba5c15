/**
 * What a row costs, from a thousand to a million: planning and all bookkeeping of a run without a network, each size in a
 * process of its own; then what reads the state, on runs of 100,000 calls, and (not in the short form) on ten million attempts.
 * `node bench/growth.ts [--short]`, after `npm run build`.
 */
import { statSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isShort, median, promise, table } from './support/figures.ts';
import { startEmulatorProcess } from './support/child.ts';
import { fillState } from './support/filled-state.ts';
import { measured, measuredUntil, type Measured } from './support/measured.ts';

const SIZES = isShort ? [1000, 10_000] : [1000, 10_000, 100_000, 1_000_000];
const CLI = 'dist/cli.js';

await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-bench-'));
bookkeeping();
await reading(isShort ? 5000 : 100_000, 0);
if (!isShort) await reading(100_000, 10_000_000);

function bookkeeping(): void {
  const rows: string[][] = [];
  const costs: number[] = [];
  for (const size of SIZES) {
    const rounds = size <= 10_000 ? (isShort ? 3 : 5) : 1;
    const all: (Measured & { readonly cost: number; readonly wall: number })[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const path = join(folder.path, `${size}-${round}.db`);
      const used = measured(['bench/support/bookkeeping.ts', String(size), path]);
      const { cpuMs, ms }: { cpuMs: number; ms: number } = JSON.parse(used.stdout);
      all.push({ ...used, cost: (cpuMs * 1000) / size, wall: (ms * 1000) / size });
    }
    const [cost, wall, mb] = [median(all.map((one) => one.cost)), median(all.map((one) => one.wall)), median(all.map((one) => one.mb))];
    costs.push(cost);
    rows.push([size.toLocaleString('en'), cost.toFixed(0), (1e6 / wall).toFixed(0), mb.toFixed(0)]);
  }
  console.log(table(['rows', 'µs CPU a row', 'rows a second', 'peak MB'], rows));
  promise('dearest row / cheapest row', Math.max(...costs) / Math.min(...costs), 1.5);
}

/** Commands on a state of finished runs, of which one has calls left; `attempts` more belong to older runs. */
async function reading(calls: number, attempts: number): Promise<void> {
  const path = join(folder.path, `read-${attempts}.db`);
  const { child, url } = await startEmulatorProcess([]);
  await fillState(path, url, calls, attempts);
  const fixed = ['--state', path, '--report', join(folder.path, `report-${attempts}`)];
  const node = median([1, 2, 3].map(() => measured(['-e', '0']).ms));
  const commands = {
    runs: [CLI, 'runs', '--state', path],
    report: [CLI, 'report', 'r-done', ...fixed],
    'resume of the last call': [CLI, 'resume', 'r-open', '--auth', 'token', '--tenant', 'bench', '--client-id', 'bench', ...fixed],
  };
  const figures = (name: string, { ms, cpuMs, mb }: Measured): string[] => [
    name,
    ms.toFixed(0),
    cpuMs.toFixed(0),
    mb.toFixed(0),
    (ms / node).toFixed(1),
  ];
  const rows = Object.entries(commands).map(([name, args]) => figures(name, measured(args, { env: { CORDON_ACCESS_TOKEN: 'opaque' } })));
  rows.push(figures('serve, until the page is there', await measuredUntil([CLI, 'serve', '--json', '--state', path], readPage)));
  child.kill();
  const size = (statSync(path).size / 1e6).toFixed(0);
  console.log(
    `\n${calls.toLocaleString('en')} calls in each of two runs, ${attempts.toLocaleString('en')} older attempts, a state of ${size} MB`,
  );
  console.log(table(['', 'ms', 'CPU ms', 'peak MB', '× `node -e 0`'], rows));
}

/** The page of the finished run, as a browser gets it. */
async function readPage(said: string): Promise<void> {
  const { url } = Object(JSON.parse(said));
  const page = await (await fetch(`${url}runs/r-done`)).text();
  if (!page.includes('</html>')) throw new Error('the page is not whole');
}
