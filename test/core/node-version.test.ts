import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { tooOldNode } from '../../src/core/node-version.ts';

it.each(['22.13.0', '22.23.3', '24.0.0', '24.21.0', '26.10.0', '100.0.0'])('Node %s will do', (version) => {
  expect(tooOldNode(version)).toBeUndefined();
});

it.each(['8.0.0', '18.20.1', '20.20.2', '22.12.0', '22.2.0', '23.11.0'])('Node %s is told what is needed, in one line', (version) => {
  expect(tooOldNode(version)).toMatch(new RegExp(`^cordon needs Node.js 22.13 .*; this is ${version}$`));
});

it('package.json says the same', () => {
  expect(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).engines.node).toBe('^22.13.0 || >=24.0.0');
});
