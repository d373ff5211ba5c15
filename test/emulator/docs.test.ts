import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FAULT_NAMES } from '../../src/emulator/world/faults.ts';
import { EMULATOR_FLAGS } from '../../src/settings/emulator-flags.ts';

const page = readFileSync('docs/emulator.md', 'utf8');

it('the page names every fault', () => {
  expect(FAULT_NAMES.filter((name) => !page.includes(`\`${name}\``))).toStrictEqual([]);
});

it('the page names every flag', () => {
  const flags = Object.values(EMULATOR_FLAGS).map(({ usage }) => usage.split(' ')[0] ?? '');
  expect(flags.filter((flag) => !page.includes(flag))).toStrictEqual([]);
});
