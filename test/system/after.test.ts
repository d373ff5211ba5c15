import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { after } from '../../src/system/after.ts';

const DAY = 86_400_000;

describe('after', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([1, 24, 25, 30, 365])('waits %d days to the millisecond', (days) => {
    const work = vi.fn<() => void>();
    after(days * DAY, work);
    vi.advanceTimersByTime(days * DAY - 1);
    expect(work).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(work).toHaveBeenCalledOnce();
  });

  it('never comes when it was called off, also late', () => {
    const work = vi.fn<() => void>();
    const callOff = after(30 * DAY, work);
    vi.advanceTimersByTime(29 * DAY);
    callOff();
    vi.advanceTimersByTime(30 * DAY);
    expect(work).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
