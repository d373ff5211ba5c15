import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, inject, it } from 'vitest';
import { thirdParties } from '../../build/third-party.ts';

const installed = inject('installed');
const root = join(installed, 'node_modules/cordon');

it('publint finds nothing', async () => {
  const pkg = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { messages } = await publint({ pkgDir: root, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

it('are-the-types-wrong finds nothing for an ESM package', () => {
  const attw = (): string => execFileSync('npx', ['attw', inject('tarball'), '--profile', 'esm-only'], { encoding: 'utf8' });
  expect(attw).not.toThrow();
});

it('the library compiles in a program that uses it, strictly, declarations included, and works', () => {
  const source = readFileSync('test/package/consumer.ts', 'utf8').replaceAll('../../src/index.ts', 'cordon');
  const file = join(installed, 'consumer.ts');
  writeFileSync(file, source);
  const flags = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'esnext', '--skipLibCheck', 'false', '--types', 'node'];
  const tsc = ['tsc', '--ignoreConfig', ...flags, '--typeRoots', join(process.cwd(), 'node_modules/@types'), file];
  expect(execFileSync('npx', tsc, { encoding: 'utf8' })).toBe('');
  expect(execFileSync(process.execPath, [file], { cwd: installed, encoding: 'utf8' })).toMatch(
    /^\d+\.\d+\.\d+: 1 row, an emulator at http:/,
  );
});

it('holds the program, its types, its licence and those of what is bundled, and no sources, tests or maps', () => {
  const files = globSync('**', { cwd: root }).filter((file) => statSync(join(root, file)).isFile());
  expect(files).toEqual(
    expect.arrayContaining(['dist/cli.js', 'dist/index.js', 'dist/types/src/index.d.ts', 'LICENSE', 'dist/THIRD-PARTY-NOTICES.txt']),
  );
  expect(files.filter((file) => /\.map$|(?<!\.d)\.ts$|test|fixtures/.test(file))).toEqual([]);
});

it('the notices and the bill of materials name every package in the bundle, at the version of the lock file', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const bom = JSON.parse(readFileSync('release/cordon.cdx.json', 'utf8'));
  const notices = readFileSync(join(root, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
  const bundled = thirdParties('dist');
  expect(bundled.length).toBeGreaterThan(20);
  for (const { name, version, license } of bundled) {
    expect(packages[`node_modules/${name}`]).toMatchObject({ version, license });
    expect(notices).toContain(`  ${name} ${version} (${license})\n`);
    expect(bom.components).toContainEqual(expect.objectContaining({ name, version, licenses: [{ license: { id: license } }] }));
  }
});

it('every file of the release has its checksum', () => {
  const sums = readFileSync('release/SHA256SUMS', 'utf8').trimEnd().split('\n');
  expect(sums.map((line) => line.slice(66))).toEqual(
    globSync('*', { cwd: 'release' })
      .filter((file) => file !== 'SHA256SUMS')
      .sort(),
  );
  for (const line of sums)
    expect(
      createHash('sha256')
        .update(readFileSync(join('release', line.slice(66))))
        .digest('hex'),
    ).toBe(line.slice(0, 64));
});
