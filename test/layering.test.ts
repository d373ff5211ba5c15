import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

/** Folder -> the folders and files below `src` (or `jobs`) that it may import besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  jobs: ['src/core'],
  'src/targets': ['src/core'],
  'src/http': ['src/core'],
  'src/defender': ['src/core', 'src/http'],
  'src/state': ['src/core'],
  'src/fleet': ['src/core'],
  'src/reports': ['src/core'],
  'src/emulator': ['src/core'],
  'src/engine': ['src/core'],
};

function importsOf(file: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return Array.from(found, ([, path = '']) => relative('.', join(dirname(file), path)));
}

it.each(Object.entries(ALLOWED))('%s imports nothing but itself and what lies below it', (folder, allowed) => {
  const files = globSync(`${folder}/**/*.ts`);
  expect(files.length).toBeGreaterThan(0);
  const strays = files.flatMap((file) =>
    importsOf(file)
      .filter((path) => ![folder, ...allowed].some((ok) => path === ok || path.startsWith(`${ok}/`)))
      .map((path) => `${file} -> ${path}`),
  );
  expect(strays).toEqual([]);
});

it('only the command line exits', () => {
  const exits = globSync('{src,jobs}/**/*.ts').filter((file) => /process\.exit\b|process\.exitCode/.test(readFileSync(file, 'utf8')));
  expect(exits.sort()).toEqual(['src/cli.ts', 'src/cli/demo.ts', 'src/wiring/io.ts']);
});

it('every POST to the API passes the lane: nothing else calls the client', () => {
  const callers = globSync('src/**/*.ts').filter((file) => /\bapi\.(post|get)\(/.test(readFileSync(file, 'utf8')));
  expect(callers.filter((file) => !file.startsWith('src/engine/'))).toEqual([]);
});
