import { describe, expect, it } from 'vitest';
import type { WaveBriefing } from '../../src/core/waves.ts';
import type { Ending } from '../../src/run/ending.ts';
import { resume } from '../../src/run/resume.ts';
import { start } from '../../src/run/start.ts';
import { machineId } from '../support/builders.ts';
import { ids, useCase, yes, type UseCase, type UseCaseOptions, type Values } from '../support/use-case.ts';

/** One machine first, two with those before them, then all five. */
const WAVES = { waves: ['1', '2', '100%'], noFacts: true, readLag: '1ms' };

async function five(options: UseCaseOptions = {}): Promise<UseCase> {
  const scene = await useCase({ ...options, emulator: { actionMs: [0, 0], ...options.emulator } });
  scene.file('list.txt', ...ids(5));
  return scene;
}

interface Asked {
  readonly asked: WaveBriefing[];
  readonly confirmWave: (briefing: WaveBriefing) => Promise<{ yes: true } | { yes: false; why: string }>;
}

/** Says yes so many times, then no. */
function agreeing(times: number): Asked {
  const asked: WaveBriefing[] = [];
  return {
    asked,
    confirmWave: async (briefing) => (asked.push(briefing) <= times ? { yes: true } : { yes: false, why: 'not confirmed' }),
  };
}

function run(scene: UseCase, more: Values = {}, confirmWave?: Asked['confirmWave']): Promise<Ending> {
  const request = { jobName: 'restrict', lists: [scene.path('list.txt')], settings: scene.settings({ ...WAVES, ...more }), confirm: yes };
  return start({ ...request, ...(confirmWave && { confirmWave }) }, scene.tools);
}

const stages = ({ events }: UseCase): (readonly [string, number])[] =>
  events.flatMap((event) => (event.kind === 'wave' ? [[event.stage, event.wave] as const] : []));

describe('a run in waves', () => {
  it('waits for the actions of each wave before the next, which --yes lets go', async () => {
    const scene = await five();
    const { exitCode, summary } = await run(scene, { yes: true });
    expect({ exitCode, outcomes: summary?.outcomes }).toEqual({ exitCode: 0, outcomes: { created: 5 } });
    expect(stages(scene).slice(0, 4)).toEqual([
      ['sent', 1],
      ['ended', 1],
      ['sent', 2],
      ['ended', 2],
    ]);
  });

  it('asks before each further wave, and stops where nobody agrees: resumable at that very point', async () => {
    const scene = await five();
    const { asked, confirmWave } = agreeing(1);
    const stopped = await run(scene, {}, confirmWave);
    expect(stopped).toMatchObject({
      exitCode: 9,
      note: 'stopped after wave 2 of 3: not confirmed; whether opposite actions had the last word was not looked at',
      run: { status: 'interrupted' },
    });
    expect(asked.map(({ machines, wave }) => [wave.number, machines])).toEqual([
      [1, 1],
      [2, 3],
    ]);
    expect(scene.api.requestsOf('POST')).toHaveLength(2);
    const settings = scene.settings({ apiUrl: undefined, report: undefined, formats: undefined, comment: undefined });
    const later = agreeing(9);
    expect(await resume({ runId: undefined, settings, confirmWave: later.confirmWave }, scene.tools)).toMatchObject({ exitCode: 0 });
    expect(later.asked.map(({ wave }) => wave.number)).toEqual([2]);
    expect(scene.api.requestsOf('POST')).toHaveLength(5);
  });

  it('goes no further where nobody can be asked', async () => {
    const scene = await five();
    expect(await run(scene)).toMatchObject({
      exitCode: 9,
      note: 'stopped after wave 1 of 3: nobody confirmed the next wave; whether opposite actions had the last word was not looked at',
    });
    expect(scene.api.requestsOf('POST')).toHaveLength(1);
  });

  it('goes no further where a wave went badly', async () => {
    const scene = await five({ emulator: { failing: [machineId(1)] } });
    const stopped = await run(scene, { yes: true, maxErrors: 0 });
    expect(stopped).toMatchObject({ exitCode: 9, note: expect.stringMatching(/^stopped after wave 1 of 3: .*--max-errors is 0$/) });
    expect(scene.api.requestsOf('POST')).toHaveLength(1);
  });

  it('goes no further where nobody may look how a wave ended', async () => {
    const forbidden = { status: 403, body: { error: { code: 'Forbidden', message: 'no' } } };
    const scene = await five({
      emulator: { actionMs: [1e9, 1e9] },
      instead: (method, url) => (method === 'GET' && url.startsWith('/api/machineactions') ? forbidden : undefined),
    });
    expect(await run(scene, { yes: true })).toMatchObject({ exitCode: 9, note: expect.stringContaining('cannot be read') });
    expect(scene.api.requestsOf('POST')).toHaveLength(1);
  });

  it('does not wait where nothing is to be waited for', async () => {
    const scene = await five({ emulator: { actionMs: [1e9, 1e9] } });
    expect(await run(scene, { yes: true, waveWait: '0ms', maxErrors: '100%' })).toMatchObject({ exitCode: expect.any(Number) });
    expect(scene.api.requestsOf('GET')).toEqual([]);
  });
});
