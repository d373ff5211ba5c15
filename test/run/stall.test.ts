import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchForStall } from '../../src/run/stall.ts';

const MINUTE = 60_000;

interface Scene {
  outage: boolean;
  /** Units used of a window of 100, and how long the gate stays shut, ms. */
  used: number;
  waitMs: number;
}

function watched(): { scene: Scene; told: string[]; stop: () => void } {
  const scene: Scene = { outage: false, used: 0, waitMs: 0 };
  const told: string[] = [];
  const stop = watchForStall({
    lane: {
      outage: {
        get active() {
          return scene.outage;
        },
      },
    },
    gate: {
      status: () => ({ windows: [{ limit: 100, ms: MINUTE, used: scene.used }], even: [], begun: 0, underWay: 0, waitMs: scene.waitMs }),
    },
    onStall: (why) => told.push(why),
  });
  return { scene, told, stop };
}

describe('a stall', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is told once, a minute after usable answers stopped coming', () => {
    const { scene, told, stop } = watched();
    scene.outage = true;
    vi.advanceTimersByTime(MINUTE);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(10 * MINUTE);
    expect(told).toEqual(['no usable answers: probing one at a time']);
    stop();
  });

  it('is told again when sending went on in between', () => {
    const { scene, told, stop } = watched();
    for (const outage of [true, false, true]) {
      scene.outage = outage;
      vi.advanceTimersByTime(2 * MINUTE);
    }
    expect(told).toHaveLength(2);
    stop();
  });

  it('is a long wait that others caused, who may be a run of ours', () => {
    const { scene, told, stop } = watched();
    Object.assign(scene, { used: 3, waitMs: 10 * MINUTE });
    vi.advanceTimersByTime(2 * MINUTE);
    expect(told).toEqual(['throttled: another run or somebody else uses the quota']);
    stop();
  });

  it('is not the wait for our own quota, however long', () => {
    const { scene, told, stop } = watched();
    Object.assign(scene, { used: 100, waitMs: 44 * MINUTE });
    vi.advanceTimersByTime(44 * MINUTE);
    expect(told).toEqual([]);
    stop();
  });

  it('is not told any more once the watch has ended', () => {
    const { scene, told, stop } = watched();
    scene.outage = true;
    stop();
    vi.advanceTimersByTime(10 * MINUTE);
    expect(told).toEqual([]);
  });
});
