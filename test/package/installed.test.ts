import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { cordon, CLI } from '../support/cli.ts';
import { expectPreview, expectRehearsal, expectResume, expectVersion } from './uses.ts';

const installed = inject('installed');
const entry = realpathSync(join(installed, 'node_modules/.bin/cordon'));
const nodes = inject('nodes');

describe.each([
  ['the oldest Node that is promised', nodes.oldest],
  ['Node 24', process.execPath],
  ['the newest Node', nodes.newest],
])('the installed package on %s', (_, node) => {
  it('says its version', () => expectVersion([node, entry]));
  it('previews a list', () => expectPreview([node, entry]));
  it('rehearses a run on the built-in emulator', () => expectRehearsal([node, entry]));
  it('goes on with a run that was killed', () => expectResume([node, entry]));
});

it('on a Node that is too old says so in one line, and exits with 1', async () => {
  expect(await cordon(['--help'], { program: [nodes.tooOld, entry] })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^cordon needs Node\.js 22\.13 .*; this is 20\.[\d.]+\n$/),
  });
});

it('brings no other package along', () => {
  expect(readdirSync(join(installed, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['cordon']);
});

it('shows its help in at most half the time that the sources take', async () => {
  const [bundle, sources]: [number[], number[]] = [[], []];
  for (let n = 0; n < 9; n += 1) {
    bundle.push(await helpTime(entry));
    sources.push(await helpTime(CLI));
  }
  const ratio = median(bundle) / median(sources);
  console.log(`--help: ${median(bundle).toFixed(0)} ms bundled, ${median(sources).toFixed(0)} ms from sources, ratio ${ratio.toFixed(2)}`);
  expect(ratio).toBeLessThanOrEqual(0.5);
});

async function helpTime(file: string): Promise<number> {
  const begun = performance.now();
  expect((await cordon(['--help'], { program: [process.execPath, file] })).code).toBe(0);
  return performance.now() - begun;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
