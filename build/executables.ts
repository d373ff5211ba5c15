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

/** Makes the executables in `release`; each part is fetched and bundled once. */
export async function makeExecutables(targets: readonly Target[], release: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'cordon-package-'));
  try {
    const main = join(work, 'app.cjs');
    await bundleAsOne(main);
    const fetched = new Map<NodePackage, string>();
    const program = (node: NodePackage): string => {
      const path = fetched.get(node) ?? fetchNode(node, work);
      fetched.set(node, path);
      return path;
    };
    for (const target of targets) {
      const blob = writeBlob(program(target.writer), main, work);
      inject(target, program(target.node), blob, resolve(release, target.file));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function writeBlob(writer: string, main: string, work: string): string {
  const [config, output] = [join(work, 'sea.json'), join(work, 'app.blob')];
  writeFileSync(config, JSON.stringify({ main, output, disableExperimentalSEAWarning: true }));
  execFileSync(writer, ['--experimental-sea-config', config], { stdio: 'pipe' });
  return output;
}

function inject({ name }: Target, program: string, blob: string, file: string): void {
  if (name.startsWith('win')) writeFileSync(file, unsigned(readFileSync(program)));
  else copyFileSync(program, file);
  chmodSync(file, 0o755);
  const segment = name.startsWith('darwin') ? ['--macho-segment-name', 'NODE_SEA'] : [];
  execFileSync(process.execPath, [POSTJECT, file, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE, ...segment], { stdio: 'pipe' });
}
