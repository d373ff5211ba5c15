/**
 * How long `cordon preview --no-api` takes on 100,000 and on a million rows, and the memory it needs, each in a process of
 * its own; beside it csv-parse alone on the same list: `node bench/preview.ts`. Exits 1 when a promise is not kept.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';

const ROUNDS = 5;
const CLI = join(import.meta.dirname, '..', 'src', 'cli.ts');
/** Tells, as the last thing a process does, how much memory it needed at most. */
const TELL = "data:text/javascript,process.on('exit',()=>process.stderr.write('\\nRSS '+process.resourceUsage().maxRSS))";

interface Measured {
  readonly ms: number;
  readonly mb: number;
}

const [path] = process.argv.slice(2);
if (path === undefined) await measureAll();
else
  await pipeline(
    createReadStream(path),
    parse({ relax_column_count: true }).on('data', () => undefined),
  );

async function measureAll(): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-bench-'));
  const small = await listOf(100_000, folder.path);
  const large = await listOf(1_000_000, folder.path);
  const preview = (list: string): Measured =>
    measured([CLI, 'preview', 'restrict', list, '--no-api', '--max-targets', '1000000', '--state', join(folder.path, 'state.db')]);
  const hundredThousand = rounds(() => preview(small));
  tell('preview of 100,000 rows', hundredThousand);
  const million: Measured[] = [];
  const alone: Measured[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push(measured([import.meta.filename, large]));
    million.push(preview(large));
  }
  const ratio = median(million.map(({ ms }) => ms)) / median(alone.map(({ ms }) => ms));
  tell('csv-parse alone, 1,000,000 rows', alone);
  tell('preview of 1,000,000 rows', million);
  console.log(`ratio ${ratio.toFixed(2)}`);
  const kept = [worst(hundredThousand).ms < 2000, worst(hundredThousand).mb < 200, ratio <= 2.5, worst(million).mb < 450];
  process.exitCode = kept.every(Boolean) ? 0 : 1;
}

async function listOf(rows: number, folder: string): Promise<string> {
  const list = join(folder, `${rows}.csv`);
  await pipeline(function* () {
    yield 'DeviceId\n';
    for (let row = 1; row <= rows; row += 1) yield `${row.toString(16).padStart(40, '0')}\n`;
  }, createWriteStream(list));
  return list;
}

/** Wall time of the whole process, its start included, and its largest resident set. */
function measured(args: readonly string[]): Measured {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--import', TELL, ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  return { ms, mb: (Number(/RSS (\d+)$/.exec(stderr)?.[1]) * 1024) / 1e6 };
}

function rounds(measure: () => Measured): Measured[] {
  return Array.from({ length: ROUNDS }, measure);
}

function worst(all: readonly Measured[]): Measured {
  return { ms: Math.max(...all.map(({ ms }) => ms)), mb: Math.max(...all.map(({ mb }) => mb)) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function tell(what: string, all: readonly Measured[]): void {
  const { ms, mb } = worst(all);
  console.log(
    `${what}: median ${(median(all.map((one) => one.ms)) / 1000).toFixed(2)} s, worst ${(ms / 1000).toFixed(2)} s, worst RSS ${mb.toFixed(0)} MB`,
  );
}
