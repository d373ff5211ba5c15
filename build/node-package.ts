/** Node's program for another system, from the registry through npm. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { NodePackage } from './targets.ts';

/**
 * Fetches it into a folder below `folder`; the path of the program.
 * @throws Error when the tarball is not the pinned one
 */
export function fetchNode({ spec, integrity, program }: NodePackage, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const place = mkdtempSync(join(folder, 'node-'));
  const answer: unknown = JSON.parse(
    execFileSync('npm', ['pack', spec, '--json', '--pack-destination', place], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const found = packed(answer);
  if (found.integrity !== integrity) throw new Error(`${spec} is not what it was: ${found.integrity}, and ${integrity} is pinned`);
  execFileSync('tar', ['-xzf', join(place, found.filename), '-C', place, `package/${program}`]);
  return join(place, 'package', program);
}

function packed(answer: unknown): { readonly filename: string; readonly integrity: string } {
  const [first]: unknown[] = Array.isArray(answer) ? answer : Object.values(Object(answer));
  if (typeof first === 'object' && first !== null && 'filename' in first && 'integrity' in first)
    return { filename: String(first.filename), integrity: String(first.integrity) };
  throw new Error('npm pack did not say what it packed');
}
