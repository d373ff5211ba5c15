import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { showEnding } from '../../src/cli/views/ending.ts';
import type { Ending } from '../../src/run/ending.ts';
import { resume } from '../../src/run/resume.ts';
import { start } from '../../src/run/start.ts';
import { aRun, machineId, rows } from '../support/builders.ts';
import { ids, TENANT, useCase, yes, type UseCase, type Values } from '../support/use-case.ts';

async function three(...given: Parameters<typeof useCase>): Promise<UseCase> {
  const scene = await useCase(...given);
  scene.file('list.txt', ...ids(3));
  return scene;
}

function run(scene: UseCase, more: Values = {}): Promise<Ending> {
  const settings = scene.settings(more);
  return start({ jobName: 'restrict', lists: [scene.path('list.txt')], settings, confirm: yes }, scene.tools);
}

/** What stands on standard output at the end. */
function shownOf(ending: Ending, json: boolean, failOn = ['refused', 'invalid']): string {
  let text = '';
  const io = {
    env: {},
    stdin: process.stdin,
    stdout: { write: (piece: string) => (text += piece) },
    stderr: process.stderr,
    onSignal: () => () => undefined,
    exitNow: () => undefined,
    now: Date.now,
  };
  expect(showEnding(ending, { json, failOn }, io)).toBe(ending.exitCode);
  return text;
}

describe('the end of a run', () => {
  it('whose reports cannot be written is exit 1, with its run, its counts and where to write them again', async () => {
    const scene = await three();
    scene.file('taken', 'a file');
    const ending = await run(scene, { report: scene.path('taken/{run}') });
    expect(ending).toMatchObject({ exitCode: 1, files: [], unwritten: expect.stringContaining('cannot be written') });
    expect(ending).toMatchObject({ run: { status: 'done' }, summary: { outcomes: { created: 3 } }, note: ending.unwritten });
    expect(scene.complaints).toContain('the reports could not be written');
    expect(await scene.state().run(ending.run.id)).toMatchObject({ exitCode: 1, status: 'done', note: ending.note });
    const text = shownOf(ending, false);
    expect(text).toMatch(/Nothing is lost[^]*cordon report r-\S+ --report DIR/);
    expect(text).toMatch(/3 {2}accepted[^]*Exit code 1: the report cannot be written/);
    expect(JSON.parse(shownOf(ending, true))).toMatchObject({
      exitCode: 1,
      run: { id: ending.run.id },
      summary: { outcomes: { created: 3 } },
      reports: [],
    });
    expect(scene.events.at(-1)).toMatchObject({ kind: 'ended', exitCode: 1, outcomes: { created: 3 } });
  });

  it('with a state that is lost on the way stops sending, and says what it can', async () => {
    let settled = 0;
    const scene = await three({
      onEvent: ({ kind }) => {
        if (kind !== 'settled' || (settled += 1) > 1) return;
        const db = new DatabaseSync(scene.path('state.db'));
        db.exec('DROP TABLE attempt');
        db.close();
      },
    });
    const ending = await run(scene, { concurrency: 1, noFacts: true });
    expect(ending.exitCode).toBe(1);
    expect(scene.api.requestsOf('POST').length).toBeLessThan(3);
    expect(ending.note).toMatch(/state/);
    // One reason, said once.
    expect(ending.note?.match(/cannot be used/g)).toHaveLength(1);
  });

  it('that could not even be counted is told without counts', async () => {
    const scene = await three({
      onEvent: ({ kind }) => {
        if (kind !== 'settled') return;
        const db = new DatabaseSync(scene.path('state.db'));
        db.exec('PRAGMA foreign_keys = OFF; DROP TABLE row');
        db.close();
      },
    });
    const ending = await run(scene, { noFacts: true });
    expect(ending).toMatchObject({ exitCode: 1, files: [] });
    expect(shownOf(ending, false)).toContain(ending.run.id);
    expect(scene.events.at(-1)).toMatchObject({ kind: 'ended', exitCode: 1 });
  });

  it('is exit 3 for an action that was open for longer than --fail-on allows', async () => {
    const scene = await three({ emulator: { inProgress: [machineId(2)] } });
    const lenient = await run(scene, { failOn: 'open-longer-than=7d' });
    expect(lenient).toMatchObject({ exitCode: 0, summary: { outcomes: { 'already-in-progress': 1, created: 2 } } });
    const since = Date.now();
    // So that they are older than 0 ms.
    while (Date.now() === since);
    const late = await run(scene, { failOn: 'open-longer-than=0ms' });
    expect(late).toMatchObject({ exitCode: 3, summary: { outcomes: { 'already-in-progress': 3 } } });
    expect(shownOf(late, false, ['refused', 'open-longer-than=0ms'])).toContain(
      'Exit code 3: an action was open for longer than open-longer-than=0ms allows.',
    );
  });

  it('of a run that was killed before its reports were there writes them, and sends nothing', async () => {
    const scene = await useCase();
    const state = scene.state();
    await state.createRun(
      aRun({ createdAt: Date.now(), tenant: TENANT, clientId: 'app', host: scene.api.url, settings: { report: [scene.path('r')] } }),
      rows(2),
    );
    for (const row of [1, 2]) await state.settle(aRun().id, row, { outcome: 'created', actionId: `a${row}` }, Date.now());
    const settings = scene.settings({ apiUrl: undefined, report: undefined, comment: undefined });
    const ending = await resume({ runId: undefined, settings }, scene.tools);
    expect(ending).toMatchObject({ exitCode: 0, summary: { outcomes: { created: 2 } } });
    expect(ending.files).toContain(scene.path('r/report.csv'));
    expect(scene.api.requests).toEqual([]);
  });

  it('is told in words: what came of the rows, where the reports are, why the code is what it is', async () => {
    const scene = await three({ emulator: { unknown: [machineId(2)] } });
    const good = await run(scene);
    expect(shownOf(good, false)).toMatch(/^Run r-.*: restrict, 3 rows, 2 requests, took .*\n/);
    expect(shownOf(good, false)).toMatch(/ {5}2 {2}accepted .*\n[^]*Report: .*report\.(csv|html)/);
    const bad = await run(scene, { noFacts: true, retries: 0, again: true });
    expect(shownOf(bad, false)).toContain('Exit code 3: some rows are refused (1).');
    expect(JSON.parse(shownOf(bad, true))).toMatchObject({ why: 'some rows are refused (1)' });
    const emulated = { ...good, run: { ...good.run, emulated: true, status: 'interrupted' as const } };
    expect(shownOf(emulated, false)).toMatch(/^EMULATED: nothing real was touched\.\n[^]*cordon resume r-\S+ +goes on/);
    rmSync(scene.path('state.db'));
    expect(shownOf({ ...good, summary: undefined }, false)).toContain('what it came to could not be read');
  });
});
