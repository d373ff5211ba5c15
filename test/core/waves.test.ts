import { assert, integer, property, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunRow } from '../../src/core/types.ts';
import { isStillOpen, isWithin, showWaves, waveAt, waveEnds, waveResult, wavesFrom } from '../../src/core/waves.ts';
import { aRunRow } from '../support/builders.ts';

const sizes = (text: string) => {
  const read = wavesFrom(text.split(','));
  if (typeof read === 'string') throw new Error(read);
  return read;
};

describe('the sizes of waves', () => {
  it.each([
    ['1,10,10%,100%', 3000, [1, 10, 300, 3000]],
    ['1,10,10%,100%', 50, [1, 10, 50]],
    ['1,10,100%', 1, [1]],
    ['10%,100%', 3, [1, 3]],
    ['100%', 7, [7]],
    ['1,10,100%', 0, []],
  ])('%s of %i calls end at %j', (text, calls, ends) => {
    expect(waveEnds(sizes(text), calls)).toEqual(ends);
    expect(showWaves(sizes(text))).toBe(text);
  });

  it.each(['', '0,100%', '1.5,100%', '10,1,100%', '50%,10%,100%', '101%', '1,x,100%', '1,10'])('are refused when they are %j', (text) =>
    expect(typeof wavesFrom(text.split(','))).toBe('string'),
  );

  it('rise to the last call, whatever was asked for', () =>
    assert(
      property(uniqueArray(integer({ min: 1, max: 5000 }), { maxLength: 6 }), integer({ min: 1, max: 5000 }), (counts, calls) => {
        const ends = waveEnds(sizes([...counts.toSorted((a, b) => a - b), '100%'].join(',')), calls);
        expect(ends.at(-1)).toBe(calls);
        expect(ends.every((end, i) => i === 0 || end > (ends[i - 1] ?? 0))).toBe(true);
      }),
    ));

  it('tell which wave is at work, also when they were set anew', () => {
    expect(waveAt(10, sizes('1,10,100%'), 30)).toEqual({ number: 2, of: 3, after: 1, end: 10, next: 30 });
    expect(waveAt(10, sizes('100%'), 30)).toEqual({ number: 1, of: 2, after: 0, end: 10, next: 30 });
    expect(waveAt(30, sizes('1,10,100%'), 30)).toMatchObject({ number: 3, of: 3, next: undefined });
  });
});

describe('what came of a wave', () => {
  const row = (more: Partial<RunRow>) => aRunRow(1, more);

  it.each([
    ['Succeeded', { confirmed: 1, open: 0, bad: 0 }],
    ['Pending', { confirmed: 0, open: 1, bad: 0 }],
    ['InProgress', { confirmed: 0, open: 1, bad: 0 }],
    ['Failed', { confirmed: 0, open: 0, bad: 1 }],
    ['Cancelled', { confirmed: 0, open: 0, bad: 1 }],
    ['TimeOut', { confirmed: 0, open: 0, bad: 0 }],
    [null, { confirmed: 0, open: 1, bad: 0 }],
  ])('counts an action that is %s', (actionStatus, expected) =>
    expect(waveResult([row({ actionStatus })])).toEqual({ calls: 1, ...expected }),
  );

  it.each([
    ['refused', 'InternalServerError', 1],
    ['refused', 'OsPlatformNotSupported', 0],
    ['refused', 'ResourceNotFound', 0],
    ['failed', null, 1],
    ['unknown', null, 1],
    ['blocked', null, 1],
  ] as const)('counts a call that is %s (%s)', (outcome, errorCode, bad) =>
    expect(waveResult([row({ outcome, errorCode, actionId: null, actionStatus: null })])).toMatchObject({ bad, open: 0 }),
  );

  it('does not wait for an action that has no id', () =>
    expect(isStillOpen(row({ outcome: 'already-in-progress', actionId: null, actionStatus: null }))).toBe(false));

  it('is within a share of its own calls, however few, or within a number', () => {
    const of = (calls: number, bad: number) => ({ calls, bad, confirmed: 0, open: 0 });
    expect(isWithin(of(1, 1), { percent: 10 })).toBe(false);
    expect(isWithin(of(10, 1), { percent: 10 })).toBe(true);
    expect(isWithin(of(10, 2), { percent: 10 })).toBe(false);
    expect(isWithin(of(1, 1), { count: 1 })).toBe(true);
    expect(isWithin(of(9, 2), { count: 1 })).toBe(false);
  });
});
