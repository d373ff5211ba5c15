import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { API_WINDOWS } from '../../../src/core/rate.ts';
import { QuotaGate } from '../../../src/engine/quota/gate.ts';

describe('a burst through the quota gate', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('has all 100 attempts under way within 5 ms: nothing waits for a timer between two of them', async () => {
    const clock = { now: () => Date.now(), mono: () => performance.now() };
    const gate = new QuotaGate({ windows: API_WINDOWS, concurrency: 100, clock });
    let begun = 0;
    const attempts = Array.from({ length: 100 }, () =>
      gate.run(async () => {
        begun += 1;
        await new Promise((resolve) => void setTimeout(resolve, 1000));
      }),
    );
    await vi.advanceTimersByTimeAsync(5);
    expect(begun).toBe(100);
    await vi.advanceTimersByTimeAsync(1000);
    await Promise.all(attempts);
    gate.close();
  });
});
