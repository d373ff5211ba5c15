import { describe, expect, it } from 'vitest';
import { untilTimeOfDay } from '../../src/run/stop.ts';

describe('--until', () => {
  const at = (hours: number, minutes: number): number => new Date(2026, 10, 23, hours, minutes).getTime();
  it('is today when it still comes, else tomorrow', () => {
    expect(untilTimeOfDay('06:00', at(4, 30))).toBe(90 * 60_000);
    expect(at(6, 0) + untilTimeOfDay('06:00', at(6, 0))).toBe(new Date(2026, 10, 24, 6).getTime());
  });
});
