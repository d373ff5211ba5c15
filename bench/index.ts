/**
 * `npm run bench [-- [--short] [NAME…]]`: every measurement, or those named, one after the other, each in a process of its own, on
 * what `npm run build` makes. Ends with 1 when a promise is broken. The short form takes less than a minute.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { isShort } from './support/figures.ts';

/** They take their time, or a server. */
const LONG = new Set(['targets', 'postgres', 'fleet']);

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const flags = isShort ? ['--short'] : [];
if (spawnSync('npm', ['run', '--silent', 'build:program'], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) process.exit(1);
for (const path of globSync('bench/*.ts').toSorted((a, b) => a.localeCompare(b))) {
  const name = basename(path, '.ts');
  const isWanted = wanted.length > 0 ? wanted.includes(name) : !(isShort && LONG.has(name));
  if (name === 'index' || !isWanted) continue;
  console.log(`\n## ${name}`);
  const began = performance.now();
  const { status } = spawnSync(process.execPath, [path, ...flags], { stdio: 'inherit' });
  console.log(`(${((performance.now() - began) / 1000).toFixed(0)} s)`);
  if (status !== 0) process.exitCode = 1;
}
