import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startTimers } from '../../src/emulator/timers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('acts when the time has come, and in this turn when there is nothing to wait for', () => {
  const timers = startTimers();
  const done: number[] = [];
  for (const ms of [20, 0, 10]) timers.after(ms, () => void done.push(ms));
  expect(done).toStrictEqual([0]);
  vi.advanceTimersByTime(20);
  expect(done).toStrictEqual([0, 10, 20]);
});

it('lets nothing happen any more once cleared', () => {
  const timers = startTimers();
  const done: number[] = [];
  timers.after(10, () => void done.push(10));
  timers.clear();
  timers.after(0, () => void done.push(0));
  vi.advanceTimersByTime(100);
  expect(done).toStrictEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
