import { expect, it } from 'vitest';
import { windowsOf } from '../../src/reports/windows.ts';

it.each([
  ['nothing kept', {}, false, [100, 60_000, 1500, 3_600_000]],
  ['a rate', { rate: ['5/1s,50/1m'] }, false, [5, 1000, 50, 60_000]],
  ['one window of a rate', { rate: ['60/1m'] }, false, [60, 60_000, 1500, 3_600_000]],
  ['a fast emulated clock', { speed: ['20'] }, true, [100, 3000, 1500, 180_000]],
  ['a fast clock and a rate', { speed: ['20'], rate: ['100/3s,1500/3m'] }, true, [100, 3000, 1500, 180_000]],
  ['a speed without an emulator', { speed: ['20'] }, false, [100, 60_000, 1500, 3_600_000]],
  ['a rate that this version cannot read', { rate: ['??'] }, false, [100, 60_000, 1500, 3_600_000]],
])('the quota of a run with %s', (_, settings, emulated, expected) => {
  expect(windowsOf({ settings, emulated }).flatMap(({ limit, ms }) => [limit, ms])).toEqual(expected);
});
