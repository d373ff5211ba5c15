/**
 * Time to containment: from the start of a cold process, as it is given away, to the API taking the 1st, the 10th and the 100th
 * call, at a round trip of 100 ms; beside it a bare script that sends everything at once and remembers nothing.
 * `node bench/containment.ts [--short]`, after `npm run build`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '../src/emulator/server.ts';
import { isShort, median, promise, table } from './support/figures.ts';

const ROUNDS = isShort ? 5 : 15;
const MACHINES = 100;
const CLI = 'dist/cli.js';
/** What a start of Node takes where nothing else wants the processor, ms: the promises are for that, and grow with it. */
const QUIET_NODE_MS = 30;
const WAYS = {
  'bare script': undefined,
  'cordon --no-facts': ['--no-facts'],
  'cordon, with facts': [],
  ...(!isShort && { 'cordon --no-facts --concurrency 20': ['--no-facts', '--concurrency', '20'] }),
  ...(!isShort && { 'cordon --no-facts --concurrency 100': ['--no-facts', '--concurrency', '100'] }),
} satisfies Record<string, readonly string[] | undefined>;

/** Ms from the process' start: calls taken by the API, and what happened before. */
interface Reached {
  readonly first: number;
  readonly tenth: number;
  readonly hundredth: number;
  readonly node: number;
  readonly state: number;
  readonly get: number;
  readonly post: number;
}

await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-bench-'));
const ids = Array.from({ length: MACHINES }, (_, row) => (row + 1).toString(16).padStart(40, '0'));
const list = join(folder.path, 'list.csv');
writeFileSync(list, `DeviceId\n${ids.join('\n')}\n`);
const found = new Map<string, Reached[]>(Object.keys(WAYS).map((way) => [way, []]));
const [nodes, helps]: [number[], number[]] = [[], []];
for (let round = 0; round < ROUNDS; round += 1) {
  nodes.push(timeOf(['-e', '0']));
  helps.push(timeOf([CLI, '--help']));
  for (const [way, flags] of Object.entries(WAYS)) found.get(way)?.push(await reachedBy(flags, `${round}-${found.size}-${way.length}`));
}
tell();

function tell(): void {
  const node = median(nodes);
  const of = (way: string, figure: keyof Reached): number => median((found.get(way) ?? []).map((one) => one[figure]));
  const cells = (way: string): string[] =>
    (['first', 'tenth', 'hundredth'] as const).map((figure) => `${of(way, figure).toFixed(0)} (${(of(way, figure) / node).toFixed(1)})`);
  console.log(`ms from the process' start, and in brackets as a multiple of \`node -e 0\` (${node.toFixed(0)} ms)`);
  console.log(
    table(
      ['', '1st machine', '10th', '100th'],
      [...found.keys()].map((way) => [way, ...cells(way)]),
    ),
  );
  const [plain, facts] = ['cordon --no-facts', 'cordon, with facts'];
  console.log(
    table(
      ['part', 'ms'],
      [
        ['Node', of(plain, 'node').toFixed(0)],
        ['imports, flags, list, token', (of(plain, 'state') - of(plain, 'node')).toFixed(0)],
        ['state, run recorded, first intent on the disk', (of(plain, 'post') - of(plain, 'state')).toFixed(0)],
        ['facts', (of(facts, 'post') - of(facts, 'get')).toFixed(0)],
      ],
    ),
  );
  const slowness = Math.max(1, node / QUIET_NODE_MS);
  console.log(`limits for ${QUIET_NODE_MS} ms of \`node -e 0\`, here times ${slowness.toFixed(2)}`);
  promise('1st machine, --no-facts, ms', of(plain, 'first'), 350 * slowness);
  promise('100th machine, --no-facts, ms', of(plain, 'hundredth'), 900 * slowness);
  promise('1st machine with facts, ms more', of(facts, 'first') - of(plain, 'first'), 500 * slowness);
  promise('100th machine with facts, ms more', of(facts, 'hundredth') - of(plain, 'hundredth'), 500 * slowness);
  promise('--help against node -e 0', median(helps.map((ms, at) => ms / (nodes[at] ?? ms))), 2.5);
}

async function reachedBy(flags: readonly string[] | undefined, name: string): Promise<Reached> {
  const emulator = await startEmulator({ latencyMs: [100, 100], machines: ids });
  const [state, marks] = [join(folder.path, `${name}.db`), join(folder.path, `${name}.json`)];
  const args = flags ? cordon(emulator.url, state, flags) : ['bench/support/bare.ts', emulator.url, list];
  const preload = join(import.meta.dirname, 'support', 'marks.ts');
  const env = { PATH: process.env['PATH'], CORDON_ACCESS_TOKEN: 'opaque', BENCH_MARKS: marks };
  const began = Date.now();
  const child = spawn(process.execPath, [...(flags ? ['--import', preload] : []), ...args], { env, stdio: 'ignore' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  const at = emulator
    .actions()
    .map(({ creationDateTimeUtc }) => Date.parse(creationDateTimeUtc) - began)
    .toSorted((a, b) => a - b);
  await emulator.close();
  const nth = (n: number): number => at[n - 1] ?? Number.NaN;
  const reached = { first: nth(1), tenth: nth(10), hundredth: nth(100), node: 0, state: 0, get: 0, post: 0 };
  return flags ? { ...reached, ...marked(marks, state, began) } : reached;
}

/** A state's file is made when it is opened. */
function marked(marks: string, state: string, began: number): Pick<Reached, 'node' | 'state' | 'get' | 'post'> {
  const { origin, node, GET = 0, POST } = JSON.parse(readFileSync(marks, 'utf8'));
  const before = origin - began;
  return { node: before + node, state: statSync(state).birthtimeMs - began, get: before + GET, post: before + POST };
}

function cordon(url: string, state: string, flags: readonly string[]): string[] {
  const fixed = ['--comment', 'bench', '--confirm', String(MACHINES), '--auth', 'token', '--quiet'];
  return [CLI, 'run', 'restrict', list, ...fixed, '--api-url', url, '--state', state, '--report', `${state}-report`, ...flags];
}

function timeOf(args: readonly string[]): number {
  const began = performance.now();
  spawnSync(process.execPath, args);
  return performance.now() - began;
}
