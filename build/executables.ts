/** Single executables: Node with the bundle inside, as its "single executable applications" do it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchNode } from './node-package.ts';
import { bundleAsOne } from './sea-bundle.ts';
import type { NodePackage, Target } from './targets.ts';
import { unsigned } from './unsign.ts';

const POSTJECT = fileURLToPath(import.meta.resolve('postject/dist/cli.js'));
/** Where Node looks for the blob, a constant of its own: see its documentation of single executable applications. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const MAIN = 'cordon.cjs';
const BLOB = 'cordon.blob';

/** Makes the executables in `release`; each part is fetched and bundled once. */
export async function makeExecutables(targets: readonly Target[], release: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'cordon-package-'));
  try {
    await bundleAsOne(join(work, MAIN));
    const fetched = new Map<NodePackage, string>();
    const program = (node: NodePackage): string => {
      const path = fetched.get(node) ?? fetchNode(node, work);
      fetched.set(node, path);
      return path;
    };
    for (const target of targets) {
      const blob = writeBlob(program(target.writer), work);
      inject(target, program(target.node), blob, resolve(release, target.file));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The names are written into the blob: without a folder, so that the same commit makes the same bytes everywhere. */
function writeBlob(writer: string, work: string): string {
  writeFileSync(join(work, 'sea.json'), JSON.stringify({ main: MAIN, output: BLOB, disableExperimentalSEAWarning: true }));
  execFileSync(writer, ['--experimental-sea-config', 'sea.json'], { cwd: work, stdio: 'pipe' });
  return join(work, BLOB);
}

function inject({ name }: Target, program: string, blob: string, file: string): void {
  if (name.startsWith('win')) writeFileSync(file, unsigned(readFileSync(program)));
  else copyFileSync(program, file);
  chmodSync(file, 0o755);
  const segment = name.startsWith('darwin') ? ['--macho-segment-name', 'NODE_SEA'] : [];
  execFileSync(process.execPath, [POSTJECT, file, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE, ...segment], { stdio: 'pipe' });
}
