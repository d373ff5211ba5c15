/** The wall clock is set, by any amount, while attempts wait or are sent: Bottleneck and the ledgers see the same wrong clock. */
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { QuotaGate } from '../../../src/engine/quota/gate.ts';
import { busiest } from '../../support/busiest.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const clock = { now: () => Date.now(), mono: () => performance.now() };

interface World {
  readonly calls: number;
  readonly windows: readonly { limit: number; ms: number }[];
  /** When the wall clock is set, and by how much, ms. */
  readonly steps: readonly { readonly at: number; readonly by: number }[];
  readonly isEven?: boolean;
}

/** When each attempt began, by the monotonic clock, from the beginning on. */
async function sendAll({ calls, windows, steps, isEven = false }: World): Promise<number[]> {
  const gate = new QuotaGate({ windows, concurrency: 5, clock, isEven });
  const start = clock.mono();
  const arrivals: number[] = [];
  for (const { at, by } of steps) setTimeout(() => vi.setSystemTime(Date.now() + by), at);
  const all = Promise.all(
    Array.from({ length: calls }, () =>
      gate.run(async () => {
        arrivals.push(clock.mono() - start);
        await new Promise((resolve) => void setTimeout(resolve, 10));
      }),
    ),
  );
  let over = false;
  void all.then(() => (over = true));
  while (!over) await vi.advanceTimersByTimeAsync(500);
  gate.close();
  return arrivals;
}

describe('the quota gate, when somebody sets the wall clock', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_790_000_000_000 }));
  afterEach(() => void vi.useRealTimers());
  const windows = [
    { limit: 10, ms: MINUTE },
    { limit: 40, ms: HOUR },
  ];

  it.each([-YEAR, -2 * HOUR, -30 * MINUTE, -1000, 1000, 30 * MINUTE, 2 * HOUR, YEAR])(
    'by %d ms, neither stalls nor overspends',
    async (by) => {
      const undisturbed = await sendAll({ calls: 60, windows, steps: [] });
      const disturbed = await sendAll({ calls: 60, windows, steps: [{ at: 90_000, by }] });
      for (const { limit, ms } of windows) expect(busiest(disturbed, ms)).toBeLessThanOrEqual(limit);
      expect(disturbed.at(-1)! - undisturbed.at(-1)!).toBeLessThanOrEqual(1000);
    },
  );

  it('before the first attempt of all, loses no time', async () => {
    const gate = new QuotaGate({ windows, concurrency: 5, clock });
    vi.setSystemTime(Date.now() - HOUR);
    const begun = gate.run(() => Promise.resolve(clock.mono()));
    const start = clock.mono();
    await vi.advanceTimersByTimeAsync(1000);
    expect((await begun) - start).toBeLessThan(1000);
    gate.close();
  });

  it('keeps its even pace through it', async () => {
    const arrivals = await sendAll({
      calls: 10,
      windows: [{ limit: 100, ms: MINUTE }],
      isEven: true,
      steps: [
        { at: 2000, by: -HOUR },
        { at: 4000, by: HOUR },
      ],
    });
    const gaps = arrivals.slice(1).map((at, i) => at - arrivals[i]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(600);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(620);
  });

  it('any number of times and by any amount, neither stalls nor overspends', async () => {
    const short = [
      { limit: 5, ms: 1000 },
      { limit: 12, ms: 10_000 },
    ];
    const undisturbed = (await sendAll({ calls: 30, windows: short, steps: [] })).at(-1)!;
    const step = fc.record({ at: fc.integer({ min: 0, max: 20_000 }), by: fc.integer({ min: -YEAR, max: YEAR }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        const arrivals = await sendAll({ calls: 30, windows: short, steps });
        for (const { limit, ms } of short) expect(busiest(arrivals, ms)).toBeLessThanOrEqual(limit);
        expect(arrivals.at(-1)! - undisturbed).toBeLessThanOrEqual(1000);
      }),
      { numRuns: 60 },
    );
  });
});
