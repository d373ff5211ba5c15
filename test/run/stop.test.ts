import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import { Halt } from '../../src/engine/attempts/halt.ts';
import type { Ending } from '../../src/run/ending.ts';
import { start } from '../../src/run/start.ts';
import { GRACE_MS, haltOfReads, stopAtTimes, stopOnAbort, StopRequest, untilTimeOfDay } from '../../src/run/stop.ts';
import { settingsFrom } from '../../src/settings/settings.ts';
import { ids, useCase, yes, type UseCase, type Values } from '../support/use-case.ts';

const DAY = 86_400_000;

/** What is told when an abort comes for this reason. */
function aborted(reason?: unknown): { halt: Halt; told: RunEvent[]; end: () => void } {
  const [controller, halt, told] = [new AbortController(), new Halt(), [] as RunEvent[]];
  const end = stopOnAbort(controller.signal, halt, (event) => void told.push(event));
  controller.abort(reason);
  return { halt, told, end };
}

describe('an abort', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    [new StopRequest(130, 'interrupted by SIGINT'), 130, 'interrupted by SIGINT'],
    [new StopRequest(143, 'interrupted by SIGTERM'), 143, 'interrupted by SIGTERM'],
    [new Error('enough'), 130, 'stopped by the caller'],
    [undefined, 130, 'stopped by the caller'],
  ])('for the reason %s stops sending with its exit code', (reason, code, why) => {
    const { halt, told, end } = aborted(reason);
    expect(halt.reasons).toEqual([{ code, why }]);
    expect(told).toEqual([{ kind: 'stopping', exitCode: code, why }]);
    end();
  });

  it('waits for answers on their way, but not for ever', () => {
    const { halt, end } = aborted();
    vi.advanceTimersByTime(GRACE_MS - 1);
    expect(halt.answersSignal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(halt.answersSignal.aborted).toBe(true);
    end();
  });

  it('is nothing to a run that has ended', () => {
    const { halt, end } = aborted();
    end();
    vi.advanceTimersByTime(2 * GRACE_MS);
    expect(halt.answersSignal.aborted).toBe(false);
    const [controller, later] = [new AbortController(), new Halt()];
    stopOnAbort(controller.signal, later, () => undefined)();
    controller.abort();
    expect(later.stopped).toBe(false);
  });

  it('that came before stops at once; without a signal there is none', () => {
    const halt = new Halt();
    const end = stopOnAbort(AbortSignal.abort(new StopRequest(143, 'x')), halt, () => undefined);
    expect(halt.reasons).toEqual([{ code: 143, why: 'x' }]);
    end();
    stopOnAbort(undefined, new Halt(), () => undefined)();
  });

  it('ends reads without waiting for an answer', () => {
    const controller = new AbortController();
    const [first, released] = [haltOfReads(controller.signal, 'no more'), haltOfReads(controller.signal, 'no more')];
    released.release();
    controller.abort();
    expect(first.halt.reasons).toEqual([{ code: 130, why: 'no more' }]);
    expect(first.halt.answersSignal.aborted).toBe(true);
    expect(released.halt.stopped).toBe(false);
    expect(haltOfReads(controller.signal, 'no more').halt.stopped).toBe(true);
    expect(haltOfReads(undefined, 'no more').halt.stopped).toBe(false);
  });
});

describe('a run that is stopped', () => {
  /** Two of five machines go out at once, and no more for an hour. */
  const run = (scene: UseCase, more: Values = {}): Promise<Ending> => {
    scene.file('list.txt', ...ids(5));
    const settings = scene.settings({ rate: ['2/1h', '3/2h'], noFacts: true, ...more });
    return start({ jobName: 'restrict', lists: [scene.path('list.txt')], settings, confirm: yes }, scene.tools);
  };

  it.each([130, 143] as const)('by exit code %i has the answers that were on their way, and can be resumed', async (code) => {
    const scene = await useCase({
      emulator: { latencyMs: [5, 20] },
      onEvent: ({ kind }) => {
        if (kind === 'settled') scene.controller.abort(new StopRequest(code, `told to end with ${code}`));
      },
    });
    const ending = await run(scene);
    expect(ending).toMatchObject({ exitCode: code, note: `told to end with ${code}`, run: { status: 'interrupted', exitCode: code } });
    expect(ending.summary?.outcomes).toEqual({ created: 2, 'not-sent': 3 });
    expect(scene.api.emulator.actions()).toHaveLength(2);
    expect(scene.events.filter(({ kind }) => kind === 'stopping')).toHaveLength(1);
  });

  it('at --max-duration is exit 5, and the rest is left to a resume', async () => {
    const ending = await run(await useCase(), { maxDuration: '20ms' });
    expect(ending).toMatchObject({ exitCode: 5, note: '--max-duration 20ms is over', run: { status: 'interrupted' } });
    expect(ending.summary?.outcomes['not-sent']).toBeGreaterThanOrEqual(3);
  });

  it('before it began sends nothing, and can be resumed', async () => {
    const scene = await useCase({
      onEvent: ({ kind }) => {
        if (kind === 'planned') scene.controller.abort();
      },
    });
    const ending = await run(scene);
    expect(ending).toMatchObject({ exitCode: 130, run: { status: 'interrupted' }, summary: { outcomes: { 'not-sent': 5 } } });
    expect(scene.api.requestsOf('POST')).toEqual([]);
  });
});

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

  it('is nothing to a run that has ended before', () => {
    const halt = new Halt();
    stopAtTimes(settingsFrom({ flags: { maxDuration: ['1m'] }, env: {} }), halt, 0)();
    vi.advanceTimersByTime(DAY);
    expect(halt.stopped).toBe(false);
  });
});

describe('--until', () => {
  const at = (hours: number, minutes: number): number => new Date(2026, 10, 23, hours, minutes).getTime();
  it('is today when it still comes, else tomorrow', () => {
    expect(untilTimeOfDay('06:00', at(4, 30))).toBe(90 * 60_000);
    expect(at(6, 0) + untilTimeOfDay('06:00', at(6, 0))).toBe(new Date(2026, 10, 24, 6).getTime());
  });

  it('stops the run at that time', () => {
    vi.useFakeTimers();
    const halt = new Halt();
    const end = stopAtTimes(settingsFrom({ flags: { until: ['06:00'] }, env: {} }), halt, at(4, 30));
    vi.advanceTimersByTime(90 * 60_000);
    expect(halt.reasons).toEqual([{ code: 5, why: 'it is 06:00 (--until)' }]);
    end();
    vi.useRealTimers();
  });
});
