import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

/** Folder -> the folders and files below `src` (or `jobs`) that it may import besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  jobs: ['src/core'],
  'src/system': ['src/core'],
  'src/targets': ['src/core', 'src/system'],
  'src/http': ['src/core', 'src/system'],
  'src/defender': ['src/core', 'src/http', 'src/system'],
  'src/state': ['src/core', 'src/system'],
  'src/fleet': ['src/core'],
  'src/page': ['src/core'],
  'src/reports': ['src/core', 'src/system', 'src/page'],
  'src/serve': ['src/core', 'src/page', 'src/reports'],
  'src/emulator': ['src/core'],
  'src/notify': ['src/core', 'src/http'],
  'src/settings': ['src/core', 'jobs', 'src/defender', 'src/emulator', 'src/notify'],
  'src/wiring': ['src/settings', 'src/core', 'src/http', 'src/defender', 'src/state', 'src/engine', 'src/emulator', 'package.json'],
  'src/run': [
    'src/http',
    'src/emulator',
    'src/wiring',
    'src/settings',
    'src/core',
    'src/defender',
    'src/engine',
    'src/targets',
    'src/reports',
    'src/serve',
    'src/state',
    'src/fleet',
    'src/system',
    'jobs',
  ],
  'src/engine': ['src/core', 'src/system'],
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

it('the browser code is of a browser alone', () => {
  const files = globSync('src/page/**/*.ts');
  const strays = files.filter((file) => /from 'node:|\bprocess\.|\bBuffer\./.test(readFileSync(file, 'utf8')));
  expect(strays).toEqual([]);
});

it('only the command line exits', () => {
  const exits = globSync('{src,jobs}/**/*.ts').filter((file) => /process\.exit\b|process\.exitCode/.test(readFileSync(file, 'utf8')));
  expect(exits.sort()).toEqual(['src/cli.ts', 'src/cli/demo.ts', 'src/cli/io.ts']);
});

it('every POST to the API passes the lane: nothing else calls the client', () => {
  const callers = globSync('src/**/*.ts').filter((file) => /\bapi\.(post|get)\(/.test(readFileSync(file, 'utf8')));
  expect(callers.filter((file) => !file.startsWith('src/engine/'))).toEqual([]);
});

it('what carries out prints nothing: no stream, no console, no display', () => {
  const printers = globSync('src/{run,wiring,engine,core,settings}/**/*.ts').filter((file) =>
    /\b(stdout|stderr)\.|console\.|process\.(exit|on)\b|views\//.test(readFileSync(file, 'utf8')),
  );
  expect(printers).toEqual([]);
});

it('no file imports itself by any way round, not even for a type', () => {
  const files = globSync('{src,jobs}/**/*.ts');
  const graph = new Map(files.map((file) => [file, importsOf(file).filter((path) => files.includes(path))]));
  expect(circlesIn(graph)).toEqual([]);
});

/** The way round of each circle, as it is found by walking depth first. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const [done, circles]: [Set<string>, string[]] = [new Set(), []];
  const walk = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
    if (done.has(file) || way.includes(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return circles;
}
