import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prunedText, reportedJson, reportedText, runsJson, runsText, verifiedText } from '../../src/cli/views/records.ts';
import { listRuns, prune, reportAgain, verifyReports } from '../../src/run/records.ts';
import { serveState } from '../../src/run/serve.ts';
import { aRun, rows } from '../support/builders.ts';
import { useCase, type UseCase } from '../support/use-case.ts';

const DAY = 86_400_000;
const FIRST = 'r-20200101-101530-aaaa';
const SECOND = 'r-20261123-101531-bbbb';

/** A state with a finished run of two rows and an unfinished one of three. */
async function two(): Promise<UseCase> {
  const scene = await useCase();
  const state = scene.state();
  const kept = { report: [scene.path('kept/{run}')], formats: ['json'] };
  const now = Date.now();
  await state.createRun(aRun({ id: FIRST, createdAt: now - 100 * DAY, status: 'done', settings: kept }), rows(2));
  await state.createRun(aRun({ id: SECOND, createdAt: now, status: 'running', settings: kept }), rows(3));
  for (const row of [1, 2]) await state.settle(FIRST, row, { outcome: 'created', actionId: `a${row}` }, now);
  return scene;
}

/** As somebody types it who names the state alone. */
const plain = (scene: UseCase, more: Parameters<UseCase['settings']>[0] = {}) =>
  scene.settings({ apiUrl: undefined, report: undefined, formats: undefined, comment: undefined, ...more });

describe('the runs of a state', () => {
  it('are listed newest first; a killed one is interrupted, and one that is worked on is running', async () => {
    const scene = await two();
    const settings = plain(scene);
    const killed = await listRuns(settings, scene.tools);
    expect(killed.map(({ id }) => id)).toEqual([SECOND, FIRST]);
    expect(runsJson(killed)).toMatchObject({
      runs: [
        { id: SECOND, state: 'interrupted' },
        { id: FIRST, state: 'done', machines: 2 },
      ],
    });
    const lock = await scene.state().lockRun(SECOND);
    expect(runsText(await listRuns(settings, scene.tools), { now: 0, columns: 80 })).toMatch(
      /^RUN +STATE +JOB +BEGAN\nr-20261123-101531-bbbb {2}running {2}restrict .*Z\n[^]* {2}3 rows: 3 not-sent; ETA .*\n[^]*done[^]* {2}2 rows: 2 accepted\n$/,
    );
    await lock.release();
  });

  it('are none where there is no state yet, and none is made', async () => {
    const scene = await useCase();
    const settings = plain(scene, { state: scene.path('none.db') });
    expect(await listRuns(settings, scene.tools)).toEqual([]);
    expect(runsText([], { now: 0, columns: 80 })).toBe('There are no runs yet.\n');
    expect(existsSync(scene.path('none.db'))).toBe(false);
  });
});

describe('a report', () => {
  it('is written again from the state, where the run has it or where it is told to', async () => {
    const scene = await two();
    const { report, files } = await reportAgain(FIRST, plain(scene), scene.tools);
    expect(report.summary.outcomes).toEqual({ created: 2 });
    expect(files).toContain(scene.path(`kept/${FIRST}/report.json`));
    const elsewhere = await reportAgain(FIRST, plain(scene, { report: scene.path('else') }), scene.tools);
    expect(elsewhere.files).toContain(scene.path('else/report.json'));
    expect(reportedText(elsewhere)).toBe(`Run ${FIRST}: 2 accepted\nReport: ${elsewhere.files.join(', ')}\n`);
    expect(reportedJson(elsewhere)).toMatchObject({ run: { id: FIRST }, exitCode: 0, summary: { rows: 2 } });
  });

  it('of the newest run is meant if none is named; a killed one is not running any more', async () => {
    const scene = await two();
    const { report } = await reportAgain(undefined, plain(scene), scene.tools);
    expect(report.run).toMatchObject({ id: SECOND, status: 'interrupted' });
    const lock = await scene.state().lockRun(SECOND);
    expect((await reportAgain(SECOND, plain(scene), scene.tools)).report.run.status).toBe('running');
    await lock.release();
  });

  it('needs a run', async () => {
    const scene = await useCase();
    await expect(reportAgain(undefined, plain(scene), scene.tools)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('no run in this state'),
    });
    await expect(reportAgain('r-none', plain(scene), scene.tools)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('no run r-none'),
    });
  });

  it('is verified against its checksums and against the state', async () => {
    const scene = await two();
    await reportAgain(FIRST, plain(scene), scene.tools);
    const folder = scene.path(`kept/${FIRST}`);
    const check = () => verifyReports(FIRST, folder, plain(scene), scene.tools);
    const intact = await check();
    expect(intact).toEqual([{ file: 'report.json', verdict: 'intact' }]);
    expect(verifiedText(folder, intact)).toContain('all files are as they were written');
    await scene.state().settle(FIRST, 1, { outcome: 'refused' }, Date.now());
    expect(await check()).toEqual([{ file: 'report.json', verdict: 'differs' }]);
    appendFileSync(`${folder}/report.json`, ' ');
    const altered = await check();
    expect(altered).toEqual([{ file: 'report.json', verdict: 'altered' }]);
    expect(verifiedText(folder, altered)).toMatch(/1 of 1 files are not as they should be\n {2}report\.json {2}ALTERED/);
    await expect(verifyReports(undefined, scene.path('none'), plain(scene), scene.tools)).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('prune', () => {
  it('forgets finished runs that are old, and their reports where it is told where they are', async () => {
    const scene = await two();
    await reportAgain(FIRST, plain(scene), scene.tools);
    const settings = plain(scene, { reports: scene.path('kept'), keep: '90d' });
    const pruned = await prune(settings, scene.tools);
    expect(pruned).toMatchObject({ pruned: [FIRST] });
    expect(existsSync(scene.path(`kept/${FIRST}`))).toBe(false);
    expect(prunedText(pruned, 90 * DAY)).toBe(`1 finished run older than 90d removed\n  ${FIRST}\n1 folder of reports removed\n`);
    expect(prunedText({ pruned: [] }, DAY)).toContain('0 finished runs older than');
    expect((await listRuns(settings, scene.tools)).map(({ id }) => id)).toEqual([SECOND]);
  });

  it('keeps a day at least', async () => {
    const scene = await two();
    await expect(prune(plain(scene, { keep: '23h' }), scene.tools)).rejects.toMatchObject({ exitCode: 2 });
    expect((await prune(plain(scene, { keep: '24h' }), scene.tools)).pruned).toEqual([FIRST]);
  });
});

describe('the live page of a state', () => {
  it('shows its runs until it is closed', async () => {
    const scene = await two();
    const serving = await serveState(plain(scene), scene.tools);
    const page = await (await fetch(serving.url)).text();
    for (const id of [FIRST, SECOND]) expect(page).toContain(id);
    await serving.close();
    await expect(fetch(serving.url)).rejects.toThrow('fetch failed');
  });

  it('needs a state and a port', async () => {
    const scene = await two();
    await expect(serveState(plain(scene, { state: scene.path('none.db') }), scene.tools)).rejects.toMatchObject({ exitCode: 2 });
    expect(existsSync(scene.path('none.db'))).toBe(false);
    const serving = await serveState(plain(scene), scene.tools);
    const taken = plain(scene, { port: Number(new URL(serving.url).port) });
    await expect(serveState(taken, scene.tools)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('cannot be had') });
    await serving.close();
  });
});

it('a report says the same as the one that was written first', async () => {
  const scene = await two();
  const file = scene.path(`kept/${FIRST}/report.json`);
  await reportAgain(FIRST, plain(scene), scene.tools);
  const first = JSON.parse(readFileSync(file, 'utf8'));
  await reportAgain(FIRST, plain(scene), scene.tools);
  expect({ ...JSON.parse(readFileSync(file, 'utf8')), madeAt: '' }).toEqual({ ...first, madeAt: '' });
});
