import { describe, expect, it } from 'vitest';
import { renderBar } from '../../../src/cli/views/progress.ts';
import type { RunProgress } from '../../../src/core/events.ts';

const PROGRESS: RunProgress = {
  done: 120,
  calls: 240,
  outcomes: { created: 110, 'already-in-progress': 10 },
  underWay: 0,
  parked: 2,
  windows: [
    { limit: 100, ms: 60_000, used: 100 },
    { limit: 1500, ms: 3_600_000, used: 120 },
  ],
  waitMs: 42_000,
  recent: 120,
  isOut: false,
  lastSentAt: new Date(2026, 10, 23, 12, 14).getTime(),
  now: new Date(2026, 10, 23, 12, 12).getTime(),
};

describe('the progress bar', () => {
  it('says how far, how fast, what is left of the quota, and until when', () => {
    expect(renderBar(PROGRESS, false)).toBe(
      '████████████░░░░░░░░░░░░ 120/240  110 created, 10 already-in-progress  120/min  100/100 per 1m 120/1500 per 1h  2 being looked up  next in 42s  ETA 12:14',
    );
  });

  it('says EMULATED when nothing real is touched', () => expect(renderBar(PROGRESS, true)).toMatch(/^EMULATED /));

  it('is full, and says nothing more of waiting, when all is done', () => {
    expect(renderBar({ ...PROGRESS, done: 240, waitMs: 0, parked: 0 }, false)).toMatch(/^█{24} 240\/240 .*per 1h$/);
    expect(renderBar({ ...PROGRESS, done: 0, calls: 0 }, false)).toMatch(/^█{24} 0\/0/);
  });
});
