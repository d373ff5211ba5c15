/** The wall clock is set while a state is in use: what the quota remembers moves along. */
import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootClock, changeOfClock } from '../../src/state/boot-clock.ts';
import { SqliteState } from '../../src/state/sqlite.ts';
import { busiest } from '../support/busiest.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const WINDOWS = [
  { limit: 10, ms: MINUTE },
  { limit: 40, ms: HOUR },
];

/** A machine whose true time goes on by itself, and whose wall clock can be set. */
class Machine {
  up = 100 * HOUR;
  boot = 'boot-1';
  #startedAt = 1_790_000_000_000;
  readonly bootClock = { read: (wall: number) => ({ boot: this.boot, startedAt: wall - this.up }) };
  now = (): number => this.#startedAt + this.up;
  set(by: number): void {
    this.#startedAt += by;
  }
}

describe('the quota’s memory', () => {
  let folder: string;
  let machine: Machine;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cordon-clock-'));
    machine = new Machine();
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const open = (name = 'state.db'): SqliteState => new SqliteState(join(folder, name), { emulated: false, bootClock: machine.bootClock });

  /** Sends one attempt as soon as the state lets it, and tells when that was in true time. */
  const send = async (state: SqliteState): Promise<number> => {
    for (;;) {
      const begun = await state.beginAttempt({
        runId: null,
        row: null,
        quotaKey: 'k',
        windows: WINDOWS,
        now: machine.now,
        timeoutMs: 30_000,
      });
      if (!begun.begun) machine.up += begun.waitMs;
      else {
        const arrived = machine.up;
        machine.up += 100;
        await state.endAttempt(begun.attempt, { at: machine.now(), answer: null, verdict: 'read' });
        return arrived;
      }
    }
  };

  it.each([-1000 * HOUR, -2 * HOUR, -30 * MINUTE, 30 * MINUTE, 2 * HOUR, 1000 * HOUR])(
    'moves along when the clock is set by %d ms: no window over, and no time lost',
    async (by) => {
      const arrivals: number[] = [];
      const state = open();
      for (let n = 0; n < 90; n += 1) {
        if (n === 35) machine.set(by);
        arrivals.push(await send(state));
      }
      for (const { limit, ms } of WINDOWS) expect(busiest(arrivals, ms)).toBeLessThanOrEqual(limit);
      expect(arrivals.at(-1)! - arrivals[0]!).toBeLessThan(2 * HOUR + 10 * MINUTE);
      await state.close();
    },
  );

  it('moves along once for all processes, also for those of before, and for a pause', async () => {
    const [one, two] = [open(), open()];
    for (let n = 0; n < 10; n += 1) await send(n % 2 === 0 ? one : two);
    await one.pause('k', machine.now() + 45_000);
    machine.set(-HOUR);
    machine.up += 5000;
    for (const state of [two, one, open()]) {
      const { pausedUntil, countsFrom } = await state.quotaUse('k', WINDOWS, machine.now);
      expect(pausedUntil! - machine.now()).toBe(40_000);
      expect(machine.now() - countsFrom.at(-1)!).toBe(5000);
      await state.close();
    }
  });

  it('moves along for an attempt that was under way', async () => {
    const state = open();
    const intent = { runId: null, row: null, quotaKey: 'k', windows: WINDOWS, now: machine.now, timeoutMs: 30_000 };
    const begun = await state.beginAttempt(intent);
    machine.set(-2 * HOUR);
    machine.up += 1000;
    await state.endAttempt(begun.begun ? begun.attempt : 0, { at: machine.now(), answer: null, verdict: 'read' });
    machine.up += 1000;
    expect(await state.quotaUse('k', WINDOWS, machine.now)).toMatchObject({ countsFrom: [machine.now() - 1000] });
    await state.close();
  });

  it('stays as it is after a restart of the machine, where nothing tells a step from time gone by', async () => {
    const before = open();
    await send(before);
    await before.close();
    Object.assign(machine, { boot: 'boot-2', up: 0 });
    machine.set(102 * HOUR);
    const after = open();
    expect((await after.quotaUse('k', WINDOWS, machine.now)).countsFrom).toEqual([]);
    await after.close();
  });

  it('is right whatever steps come between attempts', async () => {
    let n = 0;
    const step = fc.oneof(fc.constant(0), fc.integer({ min: -1000 * HOUR, max: 1000 * HOUR }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 50, maxLength: 50 }), async (steps) => {
        const state = open(`${(n += 1)}.db`);
        const arrivals: number[] = [];
        for (const by of steps) {
          machine.set(by);
          arrivals.push(await send(state));
        }
        await state.close();
        for (const { limit, ms } of WINDOWS) expect(busiest(arrivals, ms)).toBeLessThanOrEqual(limit);
        expect(arrivals.at(-1)! - arrivals[0]!).toBeLessThan(HOUR + 5 * MINUTE);
      }),
      { numRuns: 4 },
    );
  }, 30_000);
});

describe('the start of this machine', () => {
  it('is where it was a moment ago', () => {
    const clock = bootClock();
    const first = JSON.stringify(clock.read(Date.now()));
    expect(changeOfClock(first, clock.read(Date.now()))).toBeUndefined();
    expect(changeOfClock(first, clock.read(Date.now() - HOUR))).toBeLessThan(-HOUR + 2000);
  });

  it('is new where nothing readable was noted', () => {
    for (const before of [undefined, '', 'null', '{"boot":']) expect(changeOfClock(before, { boot: 'b', startedAt: 1 })).toBe(0);
  });
});
