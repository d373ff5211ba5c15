import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { API_WINDOWS } from '../../../src/core/rate.ts';
import { QuotaGate } from '../../../src/engine/quota/gate.ts';

describe('a burst through the quota gate', () => {
  // The event loop turns as it does; only what waits for a timer waits.
  beforeEach(
    () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] }),
  );
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 2000; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
  };
  afterEach(() => void vi.useRealTimers());

  it('has all 100 attempts under way within 3 ms: nothing waits for a timer between two of them', async () => {
    const clock = { now: () => Date.now(), mono: () => performance.now() };
    const gate = new QuotaGate({ windows: API_WINDOWS, concurrency: 100, clock });
    let begun = 0;
    const attempts = Array.from({ length: 100 }, () =>
      gate.run(async () => {
        begun += 1;
        await new Promise((resolve) => void setTimeout(resolve, 1000));
      }),
    );
    // Its own first job, and then the timer of 0 ms with which each job starts: all at the same time.
    for (let ms = 0; ms < 3; ms += 1) {
      await turns();
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(begun).toBe(100);
    await vi.advanceTimersByTimeAsync(1000);
    await turns();
    await Promise.all(attempts);
    gate.close();
  });
});
