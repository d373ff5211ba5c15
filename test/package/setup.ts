/** Once for all package tests: the tarball installed in an empty folder, and the versions of Node that are promised. */
import { execFile } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

/** The oldest that is promised, the newest, and one that is too old. Node 24 runs these tests anyway. */
const NODES = ['20', '22.13.0', '26'] as const;

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of a user who has installed the tarball. */
    readonly installed: string;
    readonly tarball: string;
    readonly nodes: { readonly tooOld: string; readonly oldest: string; readonly newest: string };
  }
}

export async function setup(project: TestProject): Promise<() => void> {
  const [tarball] = globSync('release/cordon-*.tgz');
  if (tarball === undefined) throw new Error('there is no tarball in release/: npm run package makes it');
  const folder = mkdtempSync(join(tmpdir(), 'cordon-package-'));
  const installed = join(folder, 'user');
  const [[tooOld, oldest, newest]] = await Promise.all([
    Promise.all([nodeOf(NODES[0], folder), nodeOf(NODES[1], folder), nodeOf(NODES[2], folder)]),
    install(resolve(tarball), installed),
  ]);
  project.provide('nodes', { tooOld, oldest, newest });
  project.provide('installed', installed);
  project.provide('tarball', resolve(tarball));
  return () => rmSync(folder, { recursive: true, force: true });
}

async function nodeOf(version: string, folder: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const place = join(folder, version);
  await install(`${name}@${version}`, place);
  return join(place, 'node_modules', name, 'bin/node');
}

async function install(what: string, folder: string): Promise<void> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  await promisify(execFile)('npm', ['install', what, '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
}
