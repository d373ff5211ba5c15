import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../src/core/events.ts';
import { Halt } from '../../src/engine/attempts/halt.ts';
import { resume } from '../../src/run/resume.ts';
import { start } from '../../src/run/start.ts';
import { statusOfList, statusOfRun } from '../../src/run/status.ts';
import { watchForStopMark } from '../../src/run/stop-mark.ts';
import { stopRun } from '../../src/run/stop-run.ts';
import { machineId } from '../support/builders.ts';
import { ids, useCase, yes, type UseCase } from '../support/use-case.ts';

const later = { report: undefined, formats: undefined, comment: undefined };
const request = (scene: UseCase, more: Parameters<UseCase['settings']>[0] = {}) => ({
  jobName: 'restrict',
  lists: [scene.path('list.txt')],
  settings: scene.settings(more),
  confirm: yes,
});

describe('cordon stop', () => {
  it('stops the run that another process works on, which can be resumed', async () => {
    let stopped: ReturnType<typeof stopRun> | undefined;
    let [runId, settled] = ['', 0];
    const scene = await useCase({
      onEvent: (event) => {
        if (event.kind === 'begun') runId = event.run.id;
        if (event.kind === 'settled' && (settled += 1) === 2) stopped = stopRun({ runId, settings: scene.settings(later) }, scene.tools);
      },
    });
    scene.file('list.txt', ...ids(5));
    const ending = await start(request(scene, { rate: ['2/1h', '3/2h'], noFacts: true }), scene.tools);
    expect(ending).toMatchObject({ exitCode: 5, run: { status: 'interrupted' }, summary: { outcomes: { created: 2, 'not-sent': 3 } } });
    expect(await stopped).toMatchObject({ run: { id: ending.run.id }, state: 'stopped', outcomes: { created: 2 } });
    expect(await stopRun({ runId: ending.run.id, settings: scene.settings(later) }, scene.tools)).toMatchObject({ state: 'idle' });
    const settings = scene.settings({ ...later, apiUrl: undefined, rate: ['100/1m', '1500/1h'] });
    expect(await resume({ runId: ending.run.id, settings }, scene.tools)).toMatchObject({
      exitCode: 0,
      summary: { outcomes: { created: 5 } },
    });
  });

  it('needs a run', async () => {
    const scene = await useCase();
    await expect(stopRun({ runId: 'r-none', settings: scene.settings(later) }, scene.tools)).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('the mark of cordon stop', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is looked for every second; answers are given up after a while', async () => {
    let isAsked = false;
    const [halt, told] = [new Halt(), [] as RunEvent[]];
    const end = watchForStopMark({
      runId: 'r',
      state: { isStopAsked: async () => isAsked },
      halt,
      listener: (event) => void told.push(event),
    });
    await vi.advanceTimersByTimeAsync(5000);
    expect(halt.stopped).toBe(false);
    isAsked = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(halt.stopped).toBe(true);
    expect(told).toMatchObject([{ kind: 'stopping', exitCode: 5 }]);
    expect(halt.answersSignal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(halt.answersSignal.aborted).toBe(true);
    end();
    expect(told).toHaveLength(1);
  });
});

describe('what a run left', () => {
  it('is told of the run, and of any list', async () => {
    const scene = await useCase({ emulator: { actionMs: [0, 0] } });
    scene.file('list.txt', ...ids(2), 'nonsense');
    const { run } = await start(request(scene), scene.tools);
    const ofRun = await statusOfRun({ runId: run.id, settings: scene.settings(later) }, scene.tools);
    expect(ofRun.held.map(({ machineId: id }) => id)).toEqual(ids(2));
    expect(ofRun.run?.id).toBe(run.id);
    const newest = await statusOfRun({ runId: undefined, settings: scene.settings(later) }, scene.tools);
    expect(newest.counts).toEqual(ofRun.counts);
    scene.file('list.txt', machineId(1), machineId(4), 'nonsense');
    const ofList = await statusOfList(request(scene, later), scene.tools);
    expect(ofList.held.map(({ machineId: id }) => id)).toEqual([1, 4].map(machineId));
    expect(ofList.notes).toEqual(['1 rows name no machine id and are left out']);
  });

  it('of isolation is compared with hunting where that may be asked', async () => {
    const scene = await useCase({ emulator: { actionMs: [0, 0] } });
    scene.file('list.txt', ...ids(2));
    await start({ ...request(scene), jobName: 'isolate', settings: scene.settings({}, { 'isolation-type': 'full' }) }, scene.tools);
    const settings = scene.settings(later);
    const { held, job } = await statusOfRun({ runId: undefined, settings }, scene.tools);
    expect(job.name).toBe('isolate');
    expect(held).toHaveLength(2);
    const blind = await useCase({
      emulator: { actionMs: [0, 0] },
      instead: (_, url) =>
        url.includes('runHuntingQuery') ? { status: 403, body: { error: { code: 'Forbidden', message: 'no' } } } : undefined,
    });
    blind.file('list.txt', ...ids(2));
    const { notes } = await statusOfList({ ...request(blind, later), jobName: 'isolate' }, blind.tools);
    expect(notes).toEqual([expect.stringContaining('was not compared')]);
  });

  it('and ended badly is called again only where that is asked for', async () => {
    const scene = await useCase({ emulator: { actionMs: [0, 0], failing: [machineId(2)] } });
    scene.file('list.txt', ...ids(3));
    const { run } = await start(request(scene), scene.tools);
    const again = (ends: string) => resume({ runId: run.id, settings: scene.settings({ ...later, reissue: [ends] }) }, scene.tools);
    await again('TimeOut');
    expect(scene.api.requestsOf('POST')).toHaveLength(3);
    await again('Failed');
    expect(scene.api.requestsOf('POST')).toHaveLength(4);
    expect(scene.api.requestsOf('POST').at(-1)).toContain(machineId(2));
  });

  it('cannot be reissued where nobody can tell how it ended', async () => {
    let isForbidden = false;
    const forbidden = { status: 403, body: { error: { code: 'Forbidden', message: 'no' } } };
    const scene = await useCase({
      instead: (method, url) => (isForbidden && method === 'GET' && url.startsWith('/api/') ? forbidden : undefined),
    });
    scene.file('list.txt', ...ids(1));
    const { run } = await start(request(scene), scene.tools);
    isForbidden = true;
    const again = await resume({ runId: run.id, settings: scene.settings({ ...later, reissue: ['Failed'] }) }, scene.tools);
    expect(again).toMatchObject({ exitCode: 5, note: expect.stringContaining('cannot be read') });
    expect(scene.api.requestsOf('POST')).toHaveLength(1);
  });
});
