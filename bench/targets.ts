/**
 * How long a list of a million rows takes to read, next to csv-parse alone in the same process, and the memory it needs.
 * Each list is read in a process of its own: `node bench/targets.ts`.
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { readTargets } from '../src/targets/index.ts';

const ROWS = 1_000_000;
const ROUNDS = 4;
const LISTS: Readonly<Record<string, (row: number) => string>> = {
  'one-column.csv': (row) => (row === 0 ? 'machineId' : idOf(row)),
  'three-columns.csv': (row) => (row === 0 ? 'DeviceId,DeviceName,OSPlatform' : `${idOf(row)},host-${row}.contoso.com,Windows11`),
  'ids.txt': (row) => idOf(row + 1),
  'hunting.json': (row) =>
    `${row === 0 ? '{"Results":[' : ','}\n{"DeviceId":"${idOf(row)}","DeviceName":"host-${row}"}${row === ROWS ? ']}' : ''}`,
};

const [path] = process.argv.slice(2);
if (path === undefined) await measureAll();
else console.log(await measured(path));

async function measureAll(): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-bench-'));
  for (const [name, line] of Object.entries(LISTS)) {
    const list = join(folder.path, name);
    await pipeline(lines(line), createWriteStream(list));
    process.stdout.write(`${name}: ${execFileSync(process.execPath, [import.meta.filename, list], { encoding: 'utf8' })}`);
  }
}

/** The memory is the first reading's; the times are medians, because other work on the computer disturbs single ones. */
async function measured(path: string): Promise<string> {
  const before = process.memoryUsage.rss();
  const ours = [await timeOf(() => readTargets([{ kind: 'file', path }]))];
  const peak = process.resourceUsage().maxRSS / 1024;
  const alone: number[] = [];
  const isCsv = !path.endsWith('.json');
  for (let round = 0; round < ROUNDS; round += 1) {
    if (isCsv) alone.push(await timeOf(() => parserAlone(path)));
    ours.push(await timeOf(() => readTargets([{ kind: 'file', path }])));
  }
  const read = `${seconds(median(ours))}, peak RSS ${peak.toFixed(0)} MB (${(before / 2 ** 20).toFixed(0)} MB before)`;
  if (!isCsv) return read;
  return `${read}; csv-parse alone ${seconds(median(alone))}; ratio ${(median(ours) / median(alone)).toFixed(2)}`;
}

async function parserAlone(path: string): Promise<void> {
  await pipeline(
    createReadStream(path),
    parse({ relax_column_count: true }).on('data', () => undefined),
  );
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function* lines(line: (row: number) => string): Generator<string> {
  for (let row = 0; row <= ROWS; row += 1) yield `${line(row)}\n`;
}

function idOf(row: number): string {
  return row.toString(16).padStart(40, '0');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
