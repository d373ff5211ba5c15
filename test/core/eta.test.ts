import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeEta, eta, quotaLeft, schedule } from '../../src/core/eta.ts';
import { API_WINDOWS } from '../../src/core/rate.ts';
import { QuotaGate } from '../../src/engine/quota/gate.ts';
import { testClock } from '../support/clock.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const LATENCY = 100;

describe('the expected time', () => {
  const clock = testClock();
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date(2026, 10, 23, 12, 0, 0) });
    clock.reset();
  });
  afterEach(() => void vi.useRealTimers());

  /** When the gate really lets the calls go out, 200 of them waiting at a time. */
  const sentBy = async (calls: number, inUse: readonly number[] = [], blockedMs = 0, isEven = false): Promise<number[]> => {
    const gate = new QuotaGate({ windows: API_WINDOWS, concurrency: 100, clock, inUse, isEven });
    if (blockedMs > 0) gate.block(blockedMs);
    const sent: number[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next++ < calls)
        await gate.run(async () => {
          sent.push(Date.now());
          await new Promise((resolve) => void setTimeout(resolve, LATENCY));
        });
    };
    const all = Promise.all(Array.from({ length: 200 }, worker));
    let isOver = false;
    void all.finally(() => (isOver = true));
    while (!isOver) await vi.advanceTimersByTimeAsync(1000);
    gate.close();
    return sent;
  };
  /** The promise is kept to within a hundredth: the gate takes some time for each call that the arithmetic does not. */
  const expectAlike = (expected: Float64Array, real: readonly number[], now: number): void => {
    expect(expected).toHaveLength(real.length);
    const worst = Math.max(...real.map((at, i) => Math.abs(at - (expected[i] ?? 0))));
    const whole = (real.at(-1) ?? now) - now;
    expect(worst).toBeLessThanOrEqual(Math.max(3000, whole / 100));
  };

  it.each([
    ['a free quota', 1700, [], 0],
    ['a minute that is used in part', 250, Array.from({ length: 60 }, (_, i) => -30_000 + i), 0],
    ['an hour that is nearly used up', 300, Array.from({ length: 1400 }, (_, i) => -50 * MINUTE + i * 1000), 0],
    ['a pause that a 429 asked for', 150, [], 90_000],
  ] as const)('is what the gate does with %s', async (_, calls, used, blockedMs) => {
    const now = Date.now();
    const inUse = used.map((ago) => now + ago);
    const pausedUntil = blockedMs > 0 ? now + blockedMs : null;
    const expected = schedule({ calls, windows: API_WINDOWS, inUse, pausedUntil, now, latencyMs: LATENCY });
    expectAlike(expected, await sentBy(calls, inUse, blockedMs), now);
  });

  it('is what the gate does with an even pace, beyond the hour’s units', async () => {
    const [now, calls] = [Date.now(), 1600];
    const expected = schedule({ calls, windows: API_WINDOWS, even: API_WINDOWS, now, latencyMs: LATENCY });
    const sent = await sentBy(calls, [], 0, true);
    expectAlike(expected, sent, now);
    expect(Math.abs((expected[1500] ?? 0) - (sent[1500] ?? 0))).toBeLessThan(1000);
  });

  it('knows that the hour was used up, where most of its units have come back', () => {
    const even = { calls: 100, windows: API_WINDOWS, even: API_WINDOWS, now: 0 };
    expect(eta({ ...even, begun: 1500 }).last?.at).toBeCloseTo(99 * 2448, 0);
    expect(eta(even).last?.at).toBeCloseTo(99 * 612, 0);
  });

  it('is told as what goes out now, by when most is sent, and when the last goes out', () => {
    const now = Date.now();
    expect(describeEta(eta({ calls: 1600, windows: API_WINDOWS, now }), now)).toBe('100 now, 1500 by 12:14, the last at 13:00');
    expect(describeEta(eta({ calls: 100, windows: API_WINDOWS, now }), now)).toBe('all 100 now');
    expect(describeEta(eta({ calls: 1, windows: API_WINDOWS, now }), now)).toBe('1 now');
    expect(describeEta(eta({ calls: 0, windows: API_WINDOWS, now }), now)).toBe('nothing to send');
    expect(describeEta(eta({ calls: 150, windows: API_WINDOWS, even: API_WINDOWS, now }), now)).toBe('9 now, the last at 12:01');
    expect(describeEta(eta({ calls: 350, windows: API_WINDOWS, now }), now)).toBe('100 now, the last at 12:03');
    expect(describeEta(eta({ calls: 40_000, windows: API_WINDOWS, now }), now)).toMatch(
      /^100 now, 1500 by 12:14, the last at 2026-11-24 14:/,
    );
  });

  it('counts what is in use: nothing goes out now when the minute is full', () => {
    const now = Date.now();
    const inUse = Array.from({ length: 100 }, () => now - 15_000);
    expect(describeEta(eta({ calls: 10, windows: API_WINDOWS, inUse, now }), now)).toBe('the last at 12:00');
    expect(quotaLeft(API_WINDOWS, [...inUse, now - 2 * MINUTE, now - 2 * HOUR], now).map(({ left }) => left)).toEqual([0, 1399]);
  });

  it('takes a million calls without trouble', () => {
    const last = eta({ calls: 1_000_000, windows: API_WINDOWS, now: 0 }).last?.at ?? 0;
    expect(last / HOUR).toBeCloseTo(666.5, 0);
  });
});
