import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Halt } from '../../src/engine/attempts/halt.ts';
import { stopAtTimes, untilTimeOfDay } from '../../src/run/stop.ts';
import { settingsFrom } from '../../src/settings/settings.ts';

const DAY = 86_400_000;

describe('--max-duration', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('of more than the 24.8 days that a timer can wait stops the run when it is over, and not at once', () => {
    const halt = new Halt();
    const settings = settingsFrom({ flags: { maxDuration: ['30d'] }, env: {} });
    const end = stopAtTimes(settings, halt, 0);
    vi.advanceTimersByTime(30 * DAY - 1);
    expect(halt.stopped).toBe(false);
    vi.advanceTimersByTime(1);
    expect(halt.reasons).toEqual([{ code: 5, why: '--max-duration 30d is over' }]);
    end();
  });
});

describe('--until', () => {
  const at = (hours: number, minutes: number): number => new Date(2026, 10, 23, hours, minutes).getTime();
  it('is today when it still comes, else tomorrow', () => {
    expect(untilTimeOfDay('06:00', at(4, 30))).toBe(90 * 60_000);
    expect(at(6, 0) + untilTimeOfDay('06:00', at(6, 0))).toBe(new Date(2026, 10, 24, 6).getTime());
  });
});
