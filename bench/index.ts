/** `npm run bench [NAME…]`: every measurement, or those named, one after the other, each in a process of its own. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename } from 'node:path';

const wanted = process.argv.slice(2);
const scripts = globSync('bench/*.ts').filter((path) => basename(path) !== 'index.ts');
for (const path of scripts.toSorted((a, b) => a.localeCompare(b))) {
  const name = basename(path, '.ts');
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n## ${name}`);
  const { status } = spawnSync(process.execPath, [path], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
