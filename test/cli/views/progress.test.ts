import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDisplay } from '../../../src/cli/views/display.ts';
import { Secrets } from '../../../src/core/secrets.ts';
import { renderBar, startProgress, type Snapshot } from '../../../src/cli/views/progress.ts';
import { untilTimeOfDay } from '../../../src/run/stop.ts';

const SNAPSHOT: Snapshot = {
  done: 120,
  calls: 240,
  counts: { created: 110, 'already-in-progress': 10 },
  parked: 2,
  windows: [
    { limit: 100, ms: 60_000, used: 100 },
    { limit: 1500, ms: 3_600_000, used: 120 },
  ],
  waitMs: 42_000,
  elapsedMs: 60_000,
  etaAt: new Date(2026, 10, 23, 12, 14).getTime(),
  now: new Date(2026, 10, 23, 12, 12).getTime(),
  emulated: false,
};

describe('the progress bar', () => {
  it('says how far, how fast, what is left of the quota, and until when', () => {
    expect(renderBar(SNAPSHOT)).toBe(
      '████████████░░░░░░░░░░░░ 120/240  110 created, 10 already-in-progress  120/min  100/100 per 1m 120/1500 per 1h  2 being looked up  next in 42s  ETA 12:14',
    );
  });

  it('says EMULATED when nothing real is touched', () => expect(renderBar({ ...SNAPSHOT, emulated: true })).toMatch(/^EMULATED /));

  it('is full, and says nothing more of waiting, when all is done', () => {
    expect(renderBar({ ...SNAPSHOT, done: 240, waitMs: 0, parked: 0 })).toMatch(/^█{24} 240\/240 .*per 1h$/);
    expect(renderBar({ ...SNAPSHOT, done: 0, calls: 0 })).toMatch(/^█{24} 0\/0/);
  });
});

describe('the ETA', () => {
  afterEach(() => void vi.useRealTimers());

  it('is of the calls that were not sent yet: those that wait for a look-up do not move it by an hour', async () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 23, 12) });
    const windows = [{ limit: 1500, ms: 3_600_000 }];
    const inUse = Array.from({ length: 1300 }, () => Date.now() - 1000);
    const gate = { status: () => ({ windows: [], waitMs: 0 }), inUse: () => inUse };
    const last = async (parked: number): Promise<number> => {
      const lines: string[] = [];
      const stderr = { write: (text: string) => lines.push(text) };
      const display = createDisplay({ level: 'info', secrets: new Secrets(), stderr });
      const tally = { parked, unsent: 200 };
      const progress = startProgress({ calls: 1500, tally, gate, windows, display, emulated: false });
      progress.stop();
      return Date.parse(JSON.parse(lines.at(-1) ?? '{}').lastCallAt) - Date.now();
    };
    expect(await last(8)).toBe(await last(0));
    expect(await last(8)).toBeLessThan(60_000);
  });

  it('is not told when only look-ups are left', () => {
    expect(renderBar({ ...SNAPSHOT, done: 238 })).not.toContain('ETA');
  });
});

describe('--until', () => {
  const at = (hours: number, minutes: number): number => new Date(2026, 10, 23, hours, minutes).getTime();
  it('is today when it still comes, else tomorrow', () => {
    expect(untilTimeOfDay('06:00', at(4, 30))).toBe(90 * 60_000);
    expect(at(6, 0) + untilTimeOfDay('06:00', at(6, 0))).toBe(new Date(2026, 10, 24, 6).getTime());
  });
});
