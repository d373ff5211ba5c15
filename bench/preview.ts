/**
 * How long `cordon preview --no-api` takes on a million rows, and the memory it needs, each in a process of its own; beside it
 * csv-parse alone on the same list, by turns: `node bench/preview.ts [--short]`, after `npm run build`.
 */
import { createWriteStream } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isShort, median, promise, table } from './support/figures.ts';
import { measured, type Measured } from './support/measured.ts';

const ROUNDS = isShort ? 2 : 5;
const ROWS = isShort ? 200_000 : 1_000_000;
const CLI = 'dist/cli.js';
/** Of the CPU: other work on the computer disturbs it least. Of a shorter list the start is a larger share. */
const MOST_TIMES = isShort ? 2.5 : 2;
const MOST_MB = 250;

await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-bench-'));
const list = join(folder.path, 'list.csv');
await pipeline(lines, createWriteStream(list));
const preview = ['preview', 'restrict', list, '--no-api', '--max-targets', String(ROWS), '--state', join(folder.path, 'state.db')];
const [ours, alone]: [Measured[], Measured[]] = [[], []];
for (let round = 0; round < ROUNDS; round += 1) {
  alone.push(measured(['bench/support/csv-alone.ts', list]));
  ours.push(measured([CLI, ...preview]));
}
const of = (all: readonly Measured[], figure: 'ms' | 'cpuMs' | 'mb'): number => median(all.map((one) => one[figure]));
const figures = (all: readonly Measured[]): string[] => (['ms', 'cpuMs', 'mb'] as const).map((figure) => of(all, figure).toFixed(0));
console.log(`${ROWS.toLocaleString('en')} rows`);
console.log(
  table(
    ['', 'ms', 'CPU ms', 'peak MB'],
    [
      ['csv-parse alone', ...figures(alone)],
      ['cordon preview', ...figures(ours)],
    ],
  ),
);
promise('preview / csv-parse alone, CPU', of(ours, 'cpuMs') / of(alone, 'cpuMs'), MOST_TIMES);
promise('peak MB', of(ours, 'mb'), MOST_MB);

function* lines(): Generator<string> {
  yield 'DeviceId\n';
  for (let row = 1; row <= ROWS; row += 1) yield `${row.toString(16).padStart(40, '0')}\n`;
}
