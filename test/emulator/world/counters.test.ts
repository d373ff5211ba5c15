import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { busiest } from '../../../src/emulator/world/busiest.ts';
import { newCounter, type WindowKind } from '../../../src/emulator/world/counters.ts';

const WINDOW = { limit: 3, ms: 60_000 };

/** The waits that a counter gives to requests at these instants, each taken when it may pass. */
function waits(kind: WindowKind, instants: readonly number[]): number[] {
  const counter = newCounter(kind, WINDOW);
  return instants.map((at) => {
    const wait = counter.wait(at);
    if (wait === 0) counter.take(at);
    return wait;
  });
}

describe('a sliding window', () => {
  it('lets the limit pass and names the time at which the oldest leaves', () => {
    expect(waits('sliding', [0, 10_000, 20_000, 25_000])).toStrictEqual([0, 0, 0, 35_000]);
  });

  it('frees a unit exactly one window after its request, not a millisecond earlier', () => {
    expect(waits('sliding', [0, 10_000, 20_000, 59_999, 60_000])).toStrictEqual([0, 0, 0, 1, 0]);
  });

  it('stays full for a crowd: the unit that must go is the limit-th from the end', () => {
    const counter = newCounter('sliding', WINDOW);
    for (const at of [0, 1, 2, 3, 4, 5, 6, 7]) counter.take(at);
    expect(counter.wait(10)).toBe(5 + 60_000 - 10);
  });
});

describe('a fixed window', () => {
  it('starts anew at each multiple of its length, so that two bursts may meet at the border', () => {
    expect(waits('fixed', [50_000, 55_000, 59_999, 59_999, 60_000, 60_001])).toStrictEqual([0, 0, 0, 1, 0, 0]);
  });
});

describe('a token bucket', () => {
  it('refills a unit every limit-th part of the window', () => {
    expect(waits('bucket', [0, 0, 0, 0, 5000, 20_000])).toStrictEqual([0, 0, 0, 20_000, 15_000, 0]);
  });

  it('never holds more than its size', () => {
    expect(waits('bucket', [0, 600_000, 600_000, 600_000, 600_000])).toStrictEqual([0, 0, 0, 0, 20_000]);
  });
});

describe('a weighted pair of windows', () => {
  it('lets the limit pass at once', () => {
    expect(waits('weighted', [0, 1, 2, 3])).toStrictEqual([0, 0, 0, 59_998]);
  });

  it('refuses what a log would take: a burst half a window ago, spread as if it had been even', () => {
    expect(waits('weighted', [1000, 1000, 1000, 62_000])).toStrictEqual([0, 0, 0, 0]);
    expect(waits('weighted', [1000, 1000, 1000, 62_000, 62_000])).toStrictEqual([0, 0, 0, 0, 18_001]);
  });

  it('tells a wait that suffices, and nothing shorter would do', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 45_000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(gaps, (steps) => {
        const counter = newCounter('weighted', WINDOW);
        let now = 0;
        for (const step of steps) {
          now += step;
          if (counter.wait(now) === 0) counter.take(now);
        }
        const wait = counter.wait(now);
        expect(counter.wait(now + wait)).toBe(0);
        expect(wait === 0 || counter.wait(now + wait - 2) > 0).toBe(true);
      }),
    );
  });
});

describe('busiest', () => {
  it('is 0 without arrivals', () => {
    expect(busiest([], WINDOW)).toStrictEqual({ sliding: 0, fixed: 0, bucket: 0, weighted: 0 });
  });

  it('finds the burst across a border that only a sliding window and a bucket mind', () => {
    const arrivals = [50_000, 55_000, 59_000, 60_000, 61_000, 62_000];
    expect(busiest(arrivals, WINDOW)).toStrictEqual({ sliding: 6, fixed: 3, bucket: 6, weighted: 5 });
  });

  it('does not count an arrival exactly one window after another together with it', () => {
    expect(busiest([0, 1, 2, 60_000, 60_001, 60_002], WINDOW).sliding).toBe(3);
  });

  it('shows a bucket what an even pace leaves: one unit in use', () => {
    expect(busiest([0, 20_000, 40_000, 60_000], WINDOW)).toStrictEqual({ sliding: 3, fixed: 3, bucket: 1, weighted: 4 });
  });

  it('agrees with the counters: what one lets pass is never over its limit', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 45_000 }), { maxLength: 60 });
    const kinds = fc.constantFrom<WindowKind>('sliding', 'fixed', 'bucket', 'weighted');
    fc.assert(
      fc.property(gaps, kinds, (gaps, kind) => {
        let now = 0;
        const tries = gaps.map((gap) => (now += gap));
        const given = waits(kind, tries);
        const passed = tries.filter((_, index) => given[index] === 0);
        expect(busiest(passed, WINDOW)[kind]).toBeLessThanOrEqual(WINDOW.limit);
      }),
    );
  });
});
