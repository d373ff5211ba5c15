import { describe, expect, it } from 'vitest';
import { exitOfStandings, nextInterval, seenIn, standingsOf, standingsText } from '../../src/core/following.ts';
import { anAction, machineId } from '../support/builders.ts';

describe('how the actions of a run stand', () => {
  it('takes a status that nobody has seen before for pending', () => {
    const counts = { Succeeded: 5, Pending: 2, InProgress: 1, Odd: 1, '': 1, Failed: 1, TimeOut: 1, Cancelled: 1 };
    expect(standingsOf(counts)).toEqual({ confirmed: 5, pending: 5, failed: 3 });
  });

  it.each([
    [{ confirmed: 3, pending: 0, failed: 0 }, 0],
    [{ confirmed: 3, pending: 1, failed: 0 }, 4],
    [{ confirmed: 3, pending: 1, failed: 1 }, 3],
  ])('%o is exit %i', (standings, code) => {
    expect(exitOfStandings(standings)).toBe(code);
  });

  it('says it in one line', () => {
    expect(standingsText({ confirmed: 1412, pending: 240, failed: 8 }, 184)).toBe('1412 confirmed · 240 pending (184 inactive) · 8 failed');
    expect(standingsText({ confirmed: 1, pending: 0, failed: 0 })).toBe('1 confirmed · 0 pending · 0 failed');
  });
});

describe('what a list shows of them', () => {
  const followed = (row: number, actionId: string) => ({
    row,
    machineId: machineId(row),
    actionId,
    status: 'Pending',
    isOwn: true,
    settledAt: 5,
    lastSeen: null,
  });
  it('is their status, with the time it changed; what it does not show is left as it is', () => {
    const ended = anAction({ id: 'A1', status: 'TimeOut', lastUpdateDateTimeUtc: '2026-11-26T10:29:31.5Z' });
    const open = anAction({ id: 'a2', status: 'InProgress', lastUpdateDateTimeUtc: null });
    const seen = seenIn([open, ended, anAction({ id: 'other' })], [followed(1, 'a1'), followed(2, 'a2'), followed(3, 'a3')], 77);
    const at = Date.UTC(2026, 10, 26, 10, 29, 31, 500);
    expect(seen).toEqual([
      { row: 1, actionId: 'a1', status: 'TimeOut', at, endedAt: at },
      { row: 2, actionId: 'a2', status: 'InProgress', at: 77, endedAt: null },
    ]);
  });
});

describe('how long until the next look', () => {
  it('grows from 5 s to 2 min while little happens', () => {
    const waits = [5000];
    for (let i = 0; i < 10; i += 1) waits.push(nextInterval({ intervalMs: waits.at(-1) ?? 0, pending: 100, changed: 3, isSending: false }));
    expect(waits.slice(0, 4)).toEqual([5000, 7500, 11_250, 16_875]);
    expect(waits.at(-1)).toBe(120_000);
  });

  it('shrinks while many end, and is a minute while a run sends', () => {
    expect(nextInterval({ intervalMs: 60_000, pending: 100, changed: 10, isSending: false })).toBe(30_000);
    expect(nextInterval({ intervalMs: 6000, pending: 100, changed: 100, isSending: false })).toBe(5000);
    expect(nextInterval({ intervalMs: 5000, pending: 100, changed: 100, isSending: true })).toBe(60_000);
  });
});
