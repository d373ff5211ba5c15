import { describe, expect, it } from 'vitest';
import { Halt } from '../../src/engine/attempts/halt.ts';
import { quotaKey } from '../../src/wiring/identity.ts';
import { openLane } from '../../src/wiring/lanes.ts';
import { clock } from '../../src/wiring/tools.ts';
import type { Session } from '../../src/index.ts';
import { opened } from '../support/session.ts';

const RATE = { pace: 'even', rate: ['5/1s', '10/4s'] };

describe('a lane with --pace even', () => {
  it.each([{}, { sharedQuota: true }])('is spread where actions are asked for, and not where things are only read: %o', async (more) => {
    const { session } = await opened({}, { ...RATE, ...more });
    const evenOf = async (isForActions?: boolean) => {
      const { gate } = await openLane(session, { segment: 'machines', ...(isForActions && { isForActions }) }, new Halt());
      return gate.status().even;
    };
    expect(await evenOf()).toEqual([]);
    expect(await evenOf(true)).toEqual(session.settings.rate);
  });

  it('goes on at the long window’s pace, where a process before used that up and its units have come back', async () => {
    const { session } = await opened({}, RATE);
    await usedUp(session, clock.now() - 6000);
    const { gate } = await openLane(session, { segment: 'scan', isForActions: true }, new Halt());
    expect(gate.status()).toMatchObject({ begun: 10, windows: [{ used: 0 }, { used: 0 }] });
    const begun: number[] = [];
    for (let n = 0; n < 2; n += 1) await gate.run(async () => void begun.push(clock.mono()));
    expect((begun[1] ?? 0) - (begun[0] ?? 0)).toBeGreaterThanOrEqual(400);
    gate.close();
  });
});

/** The units of the long window, all at that instant. */
async function usedUp({ state, identity, host, settings: { rate: windows } }: Session, at: number): Promise<void> {
  for (let n = 0; n < 10; n += 1) {
    const key = quotaKey(identity, host, 'scan');
    const result = await state.beginAttempt({ runId: null, row: null, quotaKey: key, windows, now: clock.now, timeoutMs: 1000 });
    if (result.begun) await state.endAttempt(result.attempt, { at, answer: null, verdict: 'again' });
  }
}
