/**
 * `npm run package [-- TARGET…]`: everything that is given away, in `release/`: the tarball, an executable for each
 * target (all, if none is named), licences, a bill of materials, and SHA256SUMS over them.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import about from '../package.json' with { type: 'json' };
import { makeExecutables } from './executables.ts';
import { sbomOf } from './sbom.ts';
import { TARGETS } from './targets.ts';
import { thirdParties } from './third-party.ts';

const RELEASE = 'release';
const wanted = process.argv.slice(2);
const targets = TARGETS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const unknown = wanted.filter((name) => !TARGETS.some((target) => target.name === name));
if (unknown.length > 0) throw new Error(`no target ${unknown.join(', ')}: there are ${TARGETS.map(({ name }) => name).join(', ')}`);

rmSync(RELEASE, { recursive: true, force: true });
mkdirSync(RELEASE);
execFileSync('npm', ['pack', '--silent', '--pack-destination', RELEASE], { stdio: ['ignore', 'ignore', 'inherit'] });
await makeExecutables(targets, RELEASE);
copyFileSync('LICENSE', join(RELEASE, 'LICENSE'));
copyFileSync('dist/THIRD-PARTY-NOTICES.txt', join(RELEASE, 'THIRD-PARTY-NOTICES.txt'));
writeFileSync(join(RELEASE, 'cordon.cdx.json'), `${JSON.stringify(sbomOf(about, thirdParties('dist'), targets), undefined, 2)}\n`);
const files = readdirSync(RELEASE).sort();
writeFileSync(join(RELEASE, 'SHA256SUMS'), files.map((file) => `${sumOf(join(RELEASE, file))}  ${file}\n`).join(''));
for (const file of files) console.log(`${(statSync(join(RELEASE, file)).size / 1e6).toFixed(1).padStart(6)} MB  ${RELEASE}/${file}`);
console.log('Not signed, and only run where test/package runs them: see docs/packaging.md.');

function sumOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
