import { describe, expect, it } from 'vitest';
import { yieldTo } from '../../src/core/quota.ts';
import { API_WINDOWS, holdOf, reserving } from '../../src/core/rate.ts';
import { settingsOfSpeed } from '../../src/wiring/built-in-emulator.ts';
import { settingsFrom } from '../../src/settings/settings.ts';

const MINUTE = 60_000;
const [minute = { limit: 0, ms: 0 }, hour = { limit: 0, ms: 0 }] = API_WINDOWS;
const GRACE = 2000;

describe('a run of normal priority beside one of high priority', () => {
  const yields = (claims: readonly number[], at: number, [ofMinute, ofHour]: readonly (number | undefined)[] = []) =>
    yieldTo(
      {
        claims,
        windows: [
          { window: minute, blocking: ofMinute },
          { window: hour, blocking: ofHour },
        ],
      },
      at,
    )?.waitMs;
  const AT = 10_000_000;

  it('takes what is free where nobody claims it', () => expect(yields([], AT)).toBeUndefined());
  it('waits for the grace after the other asked last, or is to ask again', () => {
    expect(yields([AT], AT)).toBe(GRACE);
    expect(yields([AT - 500, AT - 1500], AT)).toBe(GRACE - 500);
    expect(yields([AT + 300], AT)).toBe(GRACE + 300);
    expect(yields([AT - GRACE], AT)).toBeUndefined();
  });
  it('leaves a unit that has just come back, although the other asked long ago: it waits for its own', () => {
    const asked = AT - 40 * MINUTE;
    expect(yields([asked], AT, [undefined, AT - holdOf(hour)])).toBe(GRACE);
    expect(yields([asked], AT, [AT - holdOf(minute) - 700, AT - holdOf(hour) - 900])).toBe(GRACE - 700);
    expect(yields([asked], AT, [AT - holdOf(minute) - GRACE, AT - holdOf(hour) - GRACE])).toBeUndefined();
  });
  it('is not held up by one that has not asked for longer than any unit is away', () =>
    expect(yields([AT - holdOf(hour) - GRACE], AT, [undefined, AT - holdOf(hour)])).toBeUndefined());
  it('is never held up for longer than the longest window, whatever a clock did to the claim', () =>
    expect(yields([AT + 1e9], AT)).toBe(holdOf(hour) + GRACE));
});

describe('a reserve', () => {
  it('is left of the window of its length', () =>
    expect(reserving(API_WINDOWS, { limit: 200, ms: 3_600_000 })).toEqual([minute, { limit: 1300, ms: 3_600_000 }]));

  it('is of an emulated hour where the emulated clock is fast', () => {
    const settings = settingsFrom({ flags: { reserve: ['200/1h'], speed: ['60'] }, env: {} });
    expect(settings.rate[1]).toEqual({ limit: 1300, ms: 3_600_000 });
    expect(settingsOfSpeed(settings, true).rate[1]).toEqual({ limit: 1300, ms: MINUTE });
  });
});
