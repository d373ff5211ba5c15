import { assert, boolean, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderBar } from '../../../src/cli/views/progress.ts';
import type { RunProgress } from '../../../src/core/events.ts';

const NOW = new Date(2026, 10, 23, 12, 12).getTime();
const PROGRESS: RunProgress = {
  done: 1120,
  calls: 1685,
  outcomes: { created: 1110, 'already-in-progress': 10 },
  underWay: 20,
  parked: 3,
  windows: [
    { limit: 100, ms: 60_000, used: 100 },
    { limit: 1500, ms: 3_600_000, used: 1120 },
  ],
  waitMs: 42_000,
  recent: 87,
  isOut: false,
  lastSentAt: new Date(2026, 10, 23, 12, 18).getTime(),
  now: NOW,
};

describe('the progress bar', () => {
  it('says all at 160 columns, what matters at 80, and what must be known at 40', () => {
    expect([160, 80, 40].map((columns) => renderBar(PROGRESS, false, columns))).toEqual([
      '███████████████░░░░░░░░░  1120/1685  next in 42s  ETA 12:18  20 on their way  3 being looked up  1110 accepted, 10 already-in-progress  87 in the last minute',
      '███░░░  1120/1685  next in 42s  ETA 12:18  20 on their way  3 being looked up',
      '1120/1685  next in 42s  ETA 12:18',
    ]);
  });

  it('says EMULATED when nothing real is touched, at any width', () => {
    for (const columns of [160, 80, 40]) expect(renderBar(PROGRESS, true, columns)).toContain('EMULATED 1120/1685');
  });

  it('says nothing more of waiting when all is done', () => {
    const done = { ...PROGRESS, done: 1685, waitMs: 0, parked: 0, underWay: 0 };
    expect(renderBar(done, false, 80)).toBe('████████████████████████  1685/1685  1110 accepted, 10 already-in-progress');
    expect(renderBar({ ...done, done: 0, calls: 0 }, false, 80)).toMatch(/^█{24} {2}0\/0/);
  });

  it('knows no ETA in an outage', () => {
    const out = { ...PROGRESS, isOut: true, lastSentAt: null, waitMs: 8000, outcomes: {} };
    expect(renderBar(out, false, 80)).toBe('███████░░░░░  1120/1685  OUTAGE: no answers, next try in 8s  20 on their way');
    expect(renderBar(out, false, 40)).toBe('1120/1685 OUTAGE 8s');
  });

  it('fits every terminal from 40 columns on, and always says how far, the wait and the ETA', () => {
    const count = integer({ min: 0, max: 100_000 });
    const world = record({
      done: count,
      more: count,
      underWay: count,
      parked: count,
      recent: count,
      waitMs: integer({ min: 0, max: 3_600_000 }),
    });
    assert(
      property(world, integer({ min: 40, max: 200 }), boolean(), ({ done, more, ...rest }, columns, emulated) => {
        const line = renderBar({ ...PROGRESS, ...rest, done, calls: done + more, outcomes: { created: done } }, emulated, columns);
        expect(line).toContain(`${done}/${done + more}`);
        expect(/ETA 12:18/.test(line)).toBe(more > 0);
        expect(/(next in|wait) \d/.test(line)).toBe(more > 0 && rest.waitMs > 1000);
        // Six digits, a wait of minutes and EMULATED go a little beyond the narrowest.
        expect(line.length).toBeLessThan(Math.max(columns, 52));
      }),
    );
  });
});
