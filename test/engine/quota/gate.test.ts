import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { schedule } from '../../../src/core/eta.ts';
import { API_WINDOWS } from '../../../src/core/rate.ts';
import type { Window } from '../../../src/core/types.ts';
import { StoppedError } from '../../../src/core/errors.ts';
import { newCounter } from '../../../src/emulator/world/counters.ts';
import { QuotaGate, type GateOptions } from '../../../src/engine/quota/gate.ts';
import { busiest } from '../../support/busiest.ts';
import { testClock } from '../../support/clock.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;

describe('the quota gate', () => {
  let gate: QuotaGate;
  let arrivals: number[];
  const clock = testClock();
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
    clock.reset();
    arrivals = [];
  });
  afterEach(() => {
    gate.close();
    vi.useRealTimers();
  });

  const open = (options: Partial<GateOptions> = {}): void => {
    gate = new QuotaGate({ windows: API_WINDOWS, concurrency: 20, clock, ...options });
  };
  /** An attempt whose request arrives after a part of its latency. */
  const attempt =
    (there = 40, back = 60) =>
    async (): Promise<void> => {
      await wait(there);
      arrivals.push(Date.now());
      await wait(back);
    };
  const wait = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
  /** Keeps at most 200 attempts in the gate, as the dispatcher does. */
  const sendAll = async (count: number, make = attempt): Promise<void> => {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next++ < count) await gate.run(make());
    };
    await Promise.all(Array.from({ length: 200 }, worker));
  };
  const finish = async (work: Promise<unknown>): Promise<void> => {
    let over = false;
    void work.finally(() => (over = true));
    while (!over) await vi.advanceTimersByTimeAsync(1000);
    await work;
  };
  const expectWithin = (windows: readonly Window[]): void => {
    for (const { limit, ms } of windows) expect(busiest(arrivals, ms)).toBeLessThanOrEqual(limit);
  };

  it('sends 3000 calls at the real quota with no window ever over, in at most 1.01 x 74 minutes', async () => {
    open();
    const start = Date.now();
    await finish(sendAll(3000));
    expect(arrivals).toHaveLength(3000);
    expectWithin(API_WINDOWS);
    expect(arrivals.at(-1)! - start).toBeLessThanOrEqual(1.01 * 74 * MINUTE);
  });

  it('lets the first hundred out at once', async () => {
    open();
    const sending = sendAll(100);
    await vi.advanceTimersByTimeAsync(2000);
    expect(arrivals).toHaveLength(100);
    await sending;
  });

  it('never has a window over when answers take wildly different times', async () => {
    open();
    let n = 0;
    await finish(sendAll(1600, () => attempt((n++ * 37) % 150, n % 50 === 0 ? 20_000 : 30)));
    expectWithin(API_WINDOWS);
  });

  it('never has a window over when a flood follows an idle time', async () => {
    open();
    await finish(sendAll(3));
    await vi.advanceTimersByTimeAsync(59_000);
    await finish(sendAll(400));
    expectWithin(API_WINDOWS);
  });

  it('counts what an earlier process used', async () => {
    const now = Date.now();
    arrivals = Array.from({ length: 90 }, (_, i) => now - 30_000 + i);
    open({ inUse: arrivals });
    await finish(sendAll(200));
    expectWithin(API_WINDOWS);
    expect(arrivals.filter((at) => at < now + 29_000)).toHaveLength(100);
  });

  it('tells from when its units count, so that the end of a run can be foretold', async () => {
    open();
    await finish(sendAll(500));
    const now = Date.now();
    const inUse = gate.inUse();
    expect(inUse).toHaveLength(500);
    const foretold = schedule({ calls: 700, windows: API_WINDOWS, inUse, now }).at(-1) ?? 0;
    await finish(sendAll(700));
    expect(Math.abs((arrivals.at(-1) ?? 0) - foretold)).toBeLessThan(5000);
  });

  it('gives a unit back at once when nothing was sent', async () => {
    open();
    await finish(Promise.all(Array.from({ length: 150 }, () => gate.run(async (unit) => unit.giveBack()))));
    expect(gate.status().windows.map(({ used }) => used)).toEqual([0, 0]);
  });

  it('starts nothing while it is blocked, and a shorter block does not end a longer one', async () => {
    open();
    gate.block(30_000);
    gate.block(5000);
    const start = Date.now();
    await finish(sendAll(5));
    expect(Math.min(...arrivals) - start).toBeGreaterThanOrEqual(30_000);
  });

  const gaps = (): number[] => arrivals.slice(1).map((at, i) => at - arrivals[i]!);

  it('spreads calls over the shortest window once told to, and over the longer one only if that was used up by then', async () => {
    open();
    gate.spread();
    expect(gate.status().even).toEqual([API_WINDOWS[0]]);
    await finish(sendAll(1510));
    expect(Math.min(...gaps())).toBeGreaterThanOrEqual(600);
    expect(Math.min(...gaps().slice(1500))).toBeLessThan(1000);
    gate.spread();
    expect(gate.status().even).toEqual(API_WINDOWS);
    await finish(sendAll(10));
    expect(Math.min(...gaps().slice(1510))).toBeGreaterThanOrEqual(2400);
  });

  it.each(['sliding', 'fixed', 'bucket', 'weighted'] as const)(
    'with an even pace is never over, by a server that counts as %s',
    async (kind) => {
      open({ isEven: true });
      const start = Date.now();
      await finish(sendAll(1700));
      expect(arrivals.at(-1)! - start).toBeLessThan(HOUR + 200 * 2500);
      for (let phase = 0; phase < HOUR; phase += 97_531) {
        const counters = API_WINDOWS.map((window) => newCounter(kind, window));
        for (const at of arrivals) {
          expect(counters.map((counter) => counter.wait(at + phase))).toEqual([0, 0]);
          for (const counter of counters) counter.take(at + phase);
        }
      }
    },
  );

  it('with an even pace is not refused by a counter that weighs, and counts the call itself, though some are late', async () => {
    open({ isEven: true });
    let n = 0;
    await finish(sendAll(1700, () => attempt(n++ % 50 === 0 ? 2000 : 40)));
    for (let phase = 0; phase < HOUR; phase += 97_531) {
      const counters = API_WINDOWS.map(strict);
      for (const at of arrivals) expect(counters.map((takes) => takes(at + phase))).toEqual([true, true]);
    }
  });

  it('with an even pace begins anew one spacing after the first unit of a window that was used up came back', async () => {
    open({ isEven: true });
    await finish(sendAll(1501));
    expect(arrivals[1500]! - arrivals[0]!).toBeGreaterThanOrEqual(HOUR + 2000 + 2448);
  });

  it('knows that the hour was used up, where most of its units have come back since', async () => {
    open({ isEven: true, inUse: [clock.now() - 50 * MINUTE], begunBefore: 1500 });
    await finish(sendAll(3));
    expect(Math.min(...gaps())).toBeGreaterThanOrEqual(2400);
  });

  it('waits one window at most for units of another process that have no answer yet', async () => {
    const start = Date.now();
    open({ inUse: Array.from({ length: 100 }, () => start + 30_000) });
    await finish(sendAll(1));
    expect(arrivals[0]! - start).toBeGreaterThanOrEqual(MINUTE);
    expect(arrivals[0]! - start).toBeLessThan(MINUTE + 200);
  });

  it('goes on with its even pace where another process left off', async () => {
    open({ isEven: true, inUse: [clock.now() - 5000, clock.now() - 200, clock.now() - 400] });
    const start = Date.now();
    await finish(sendAll(2));
    expect(arrivals[0]! - start).toBeGreaterThanOrEqual(400);
    expect(arrivals[0]! - start).toBeLessThan(500);
  });

  it('does not count what was never sent as used up', async () => {
    open({
      isEven: true,
      windows: [
        { limit: 10, ms: 1000 },
        { limit: 20, ms: HOUR },
      ],
    });
    await finish(Promise.all(Array.from({ length: 30 }, () => gate.run(async (unit) => unit.giveBack()))));
    const start = Date.now();
    await finish(sendAll(15));
    expect(arrivals.at(-1)! - start).toBeLessThan(5000);
  });

  it('runs one attempt at a time when probing, and all again afterwards', async () => {
    open();
    let [under, most] = [0, 0];
    const counting = async (): Promise<void> => {
      most = Math.max(most, ++under);
      await wait(100);
      under -= 1;
    };
    gate.single(true);
    await finish(Promise.all(Array.from({ length: 10 }, () => gate.run(counting))));
    expect(most).toBe(1);
    gate.single(false);
    await finish(Promise.all(Array.from({ length: 40 }, () => gate.run(counting))));
    expect(most).toBe(20);
  });

  it('lets a retry pass before those that have waited longer', async () => {
    open({ windows: [{ limit: 1, ms: 1000 }] });
    const order: string[] = [];
    const named = (name: string) => async (): Promise<void> => void order.push(name);
    const waiting = ['a', 'b', 'c'].map((name) => gate.run(named(name)));
    await vi.advanceTimersByTimeAsync(100);
    waiting.push(gate.run(named('retry'), { first: true }));
    await finish(Promise.all(waiting));
    expect(order).toEqual(['a', 'retry', 'b', 'c']);
  });

  it('ends what waits, and lets what is at work come to its end, when it closes', async () => {
    open({ windows: [{ limit: 2, ms: HOUR }] });
    const ends = Array.from({ length: 5 }, () =>
      gate.run(attempt()).then(
        () => 'done',
        (error: unknown) => (error instanceof StoppedError ? 'not sent' : 'other'),
      ),
    );
    await vi.advanceTimersByTimeAsync(60);
    gate.close();
    await vi.advanceTimersByTimeAsync(1000);
    expect(await Promise.all(ends)).toEqual(['done', 'done', 'not sent', 'not sent', 'not sent']);
    await expect(gate.run(attempt())).rejects.toThrow(StoppedError);
  });

  describe('when the clocks disagree', () => {
    it('waits at most one more window after the machine slept, and never overspends', async () => {
      open({ windows: [{ limit: 10, ms: MINUTE }] });
      await finish(sendAll(10));
      clock.sleep(HOUR);
      const woke = Date.now();
      await finish(sendAll(10));
      expect(Date.now() - woke).toBeLessThanOrEqual(MINUTE + 2000);
      expect(busiest(arrivals, MINUTE)).toBeLessThanOrEqual(10);
    });

    it.each([
      ['forward', HOUR],
      ['back', -HOUR],
    ])('neither overspends nor hangs when the wall clock is set an hour %s', async (_, step) => {
      open({ windows: [{ limit: 10, ms: MINUTE }] });
      await finish(sendAll(10));
      clock.stepWall(step);
      const before = clock.mono();
      const monoArrivals: number[] = [];
      await finish(Promise.all(Array.from({ length: 10 }, () => gate.run(async () => void monoArrivals.push(clock.mono())))));
      expect(Math.min(...monoArrivals) - before).toBeGreaterThanOrEqual(MINUTE - 1000);
      expect(clock.mono() - before).toBeLessThanOrEqual(2 * MINUTE);
    });
  });
});

/** Two weighted windows that may hold no more than the limit with the call itself. Whether it takes the next one. */
function strict({ limit, ms }: Window): (at: number) => boolean {
  const counts = new Map<number, number>();
  return (at) => {
    const index = Math.floor(at / ms);
    const [before = 0, now = 0] = [counts.get(index - 1), counts.get(index)];
    counts.set(index, now + 1);
    return before * (1 - (at / ms - index)) + now + 1 <= limit;
  };
}
