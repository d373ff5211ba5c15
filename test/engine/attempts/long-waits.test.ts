/** Waits of more than the 24.8 days that a timer can wait. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Halt } from '../../../src/engine/attempts/halt.ts';
import { Outage } from '../../../src/engine/attempts/outage.ts';
import { QuotaGate } from '../../../src/engine/quota/gate.ts';
import { wait } from '../../../src/engine/attempts/wait.ts';

const DAY = 86_400_000;

describe('a wait of 30 days', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is not over at once', async () => {
    const over = vi.fn<() => void>();
    void wait(30 * DAY, new AbortController().signal).then(over);
    await vi.advanceTimersByTimeAsync(30 * DAY - 1);
    expect(over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toHaveBeenCalledOnce();
  });

  it('for an outage to end does not stop the run at once', () => {
    const halt = new Halt();
    const clock = { now: () => Date.now(), mono: () => performance.now() };
    const gate = new QuotaGate({ windows: [{ limit: 9, ms: 1000 }], concurrency: 1, clock });
    const outage = new Outage({ gate, halt, clock, limitMs: 30 * DAY, what: 'x' });
    for (let n = 0; n < 5; n += 1) outage.bad('HTTP 503');
    vi.advanceTimersByTime(30 * DAY - 1);
    expect(halt.stopped).toBe(false);
    vi.advanceTimersByTime(1);
    expect(halt.stopped).toBe(true);
    gate.close();
  });
});
