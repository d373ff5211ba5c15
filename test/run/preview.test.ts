import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { previewJson } from '../../src/cli/views/preview-json.ts';
import { previewText } from '../../src/cli/views/preview-text.ts';
import type { Briefing } from '../../src/core/briefing.ts';
import type { Confirm } from '../../src/run/confirm.ts';
import { preview, type PreviewEnding } from '../../src/run/preview.ts';
import { start } from '../../src/run/start.ts';
import { machineId } from '../support/builders.ts';
import { unsignedJwt } from '../support/token-server.ts';
import { ids, useCase, yes, type UseCase, type Values } from '../support/use-case.ts';

/** Previews the machines of `list.txt`. */
function look(scene: UseCase, more: Values = {}, canAsk = false): Promise<PreviewEnding> {
  const settings = scene.settings({ report: undefined, ...more });
  return preview({ jobName: 'restrict', lists: [scene.path('list.txt')], settings, canAsk }, scene.tools);
}

async function scene(lines: readonly string[] = ids(3), ...given: Parameters<typeof useCase>): Promise<UseCase> {
  const made = await useCase(...given);
  made.file('list.txt', ...lines);
  return made;
}

const text = async (ending: PreviewEnding): Promise<string> =>
  (await Array.fromAsync(previewText(ending, { columns: Infinity, command: () => 'cordon run' }))).join('');
const json = async (ending: PreviewEnding) => JSON.parse((await Array.fromAsync(previewJson(ending))).join(''));
const refused = (exitCode: number, message: string) => ({ exitCode, message: expect.stringContaining(message) });

describe('a preview', () => {
  it('says what a run would do, and sends nothing', async () => {
    const world = await scene([...ids(4), machineId(99), machineId(1), 'nonsense'], {
      emulator: { fleet: [{ id: machineId(2), osPlatform: 'macOS' }], inProgress: [machineId(3)] },
    });
    const ending = await look(world, { exclude: [world.file('spare.txt', machineId(4), 'gone.corp')] });
    expect(ending).toMatchObject({ exitCode: 6, plan: undefined, files: [] });
    expect(ending.made.prepared.plan.outcomes).toEqual({ invalid: 2, duplicate: 1, excluded: 1, ineligible: 1, planned: 2 });
    expect(ending.made.final).toMatchObject([{ guard: 'unmatched-exclusions' }]);
    expect(world.api.requestsOf('POST')).toEqual([]);
    expect(await world.state().runs()).toEqual([]);
    expect(await text(ending)).toMatch(/Preview: restrict app execution, 7 rows[^]*tenant {4}contoso[^]*REFUSED \(unmatched-exclusions\)/);
  });

  it('is a report of its rows where a folder is named, and no run', async () => {
    const world = await scene([...ids(2), 'x']);
    const ending = await look(world, { report: world.path('{run}') });
    const report = ending.files.find((file) => file.endsWith('report.json')) ?? '';
    expect(report).toContain('preview-');
    const { rows, run } = JSON.parse(readFileSync(report, 'utf8'));
    expect(rows.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['planned', 'planned', 'invalid']);
    expect(run).toMatchObject({ status: 'done', note: 'preview: nothing was sent', comment: 'INC-7' });
    expect(await text(ending)).toContain('beside it: ');
  });

  it('whose report cannot be written says to make it again: the state does not know it', async () => {
    const world = await scene();
    world.file('taken', 'a file');
    await expect(look(world, { report: world.path('taken/x') })).rejects.toMatchObject({
      exitCode: 1,
      hint: expect.stringMatching(/^Nothing was sent\. Make the preview again/),
    });
  });

  it('shows of what is too long for an id that it is cut', async () => {
    const world = await scene([`${machineId(1)}0`, machineId(2)]);
    const shown = await text(await look(world));
    expect(shown).toMatch(/invalid +0{39}… /);
    expect(shown).toContain(machineId(2));
  });

  it('keeps the other columns of the list', async () => {
    const world = await scene(['machineId,site', `${machineId(1)},Bonn`]);
    const { files } = await look(world, { report: world.path('r'), formats: ['csv'] });
    const csv = readFileSync(files.find((file) => file.endsWith('report.csv')) ?? '', 'utf8');
    expect(csv).toMatch(/in_site\r?\n.*Bonn/);
  });

  it('saves a plan with --out, and says how it is carried out', async () => {
    const world = await scene();
    const ending = await look(world, { out: world.path('plan.json') });
    const { sha256 } = JSON.parse(readFileSync(world.path('plan.json'), 'utf8'));
    expect(ending.plan).toEqual({ file: world.path('plan.json'), sha256 });
    expect(await text(ending)).toContain(`cordon run --plan ${world.path('plan.json')} --plan-hash ${sha256}`);
    expect(await json(ending)).toMatchObject({ plan: { sha256 }, exitCode: 0 });
  });

  it('is one JSON object, with every row', async () => {
    const world = await scene([...ids(3), 'x']);
    const shown = await json(await look(world));
    expect(shown).toMatchObject({
      summary: { rows: 4, calls: 3, outcomes: { planned: 3, invalid: 1 } },
      guards: [],
      eta: { now: 3, text: expect.stringContaining('now') },
      quota: [{ limit: 100 }, { limit: 1500 }],
      plan: null,
      reports: [],
      exitCode: 0,
    });
    expect(shown.rows).toHaveLength(4);
  });

  it('comes in pieces where the list is long, as JSON and as text', async () => {
    const many = ids(2500);
    const world = await scene(many);
    const ending = await look(world, { noApi: true, all: true, confirm: 2500 });
    const pieces = await Array.fromAsync(previewJson(ending));
    expect(pieces.length).toBeGreaterThan(5);
    expect(JSON.parse(pieces.join('')).rows).toHaveLength(2500);
    expect((await text(ending)).match(/ planned {2}/g)).toHaveLength(2500 + 1);
    expect(await text(await look(world, { noApi: true, confirm: 2500 }))).not.toMatch(/ planned {2}0/);
  });

  it('is exit 20 with --detailed-exitcode where there is work to do', async () => {
    const world = await scene();
    expect((await look(world, { detailedExitcode: true })).exitCode).toBe(20);
    world.file('list.txt', 'x');
    expect((await look(world, { detailedExitcode: true })).exitCode).toBe(0);
  });

  it('takes a limit that somebody could overrule for a question, and else for a refusal', async () => {
    const world = await scene();
    const asked = await look(world, { maxTargets: 2 }, true);
    expect(asked.exitCode).toBe(0);
    expect(await text(asked)).toContain('ASKED (max-targets): 3 machines would be called');
    expect((await look(world, { maxTargets: 2 })).exitCode).toBe(6);
    expect((await look(world, { maxTargets: 2, yes: true }, true)).exitCode).toBe(6);
    const big = await scene(ids(1001), { emulator: { machines: ids(1001) } });
    expect((await look(big)).exitCode).toBe(0);
    expect((await look(big, { yes: true })).exitCode).toBe(6);
    expect((await look(big, { confirm: 1001 })).exitCode).toBe(0);
  });

  it('judges a share of the onboarded machines', async () => {
    const world = await scene();
    const { made, exitCode } = await look(world, { maxTargets: '40%' });
    expect(exitCode).toBe(6);
    expect(made.final).toMatchObject([{ why: expect.stringContaining('--max-targets is 2 (40% of 5 onboarded machines)') }]);
  });

  it('tells how much of the quota earlier runs left', async () => {
    const world = await scene();
    const settings = world.settings();
    await start({ jobName: 'restrict', lists: [world.path('list.txt')], settings, confirm: yes }, world.tools);
    const { made } = await look(world, { again: true });
    expect(made.timing.quota).toMatchObject([
      { limit: 100, left: 97 },
      { limit: 1500, left: 1497 },
    ]);
    expect(made.prepared.plan.outcomes).toEqual({ planned: 3 });
  });

  it('tells the risks that the question tells, where something would be done', async () => {
    const world = await scene(ids(2));
    const flags = { 'isolation-type': 'selective' };
    const request = { jobName: 'isolate', lists: [world.path('list.txt')] };
    const asked: Briefing[] = [];
    const no: Confirm = async (briefing) => {
      asked.push(briefing);
      return { yes: false, why: 'no' };
    };
    await expect(start({ ...request, settings: world.settings({}, flags), confirm: no }, world.tools)).rejects.toThrow('no');
    const previewed = (more: Values): Promise<PreviewEnding> =>
      preview({ ...request, settings: world.settings(more, flags), canAsk: false }, world.tools);
    const ending = await previewed({ report: world.path('plan'), formats: ['md'] });
    const { risks = [] } = asked[0] ?? {};
    expect(risks).toEqual([expect.stringContaining('Isolation exclusion rules')]);
    expect(await text(ending)).toContain(`  WARNING   ${risks.join()}\n`);
    expect(await json(ending)).toMatchObject({ risks });
    expect(readFileSync(world.path('plan/plan.md'), 'utf8')).toMatch(/\| Risks \| Isolation exclusion rules/);
    const nothing = await previewed({ report: undefined, exclude: [world.file('spare.txt', ...ids(2))] });
    expect(await text(nothing)).not.toContain('exclusion rules');
    expect(await json(nothing)).toMatchObject({ risks: [], summary: { calls: 0 } });
  });

  it('may be made by somebody who could not run it, and says so', async () => {
    const env = { CORDON_ACCESS_TOKEN: unsignedJwt({ tid: 'contoso', appid: 'app', roles: ['Machine.Read.All'] }) };
    const world = await scene(ids(2), { env });
    const { made, exitCode } = await look(world);
    expect(exitCode).toBe(0);
    expect(made.warnings).toEqual([expect.stringContaining('a run would stop with exit code 8')]);
  });

  it('needs credentials, or no API at all', async () => {
    const world = await scene(ids(2), { env: {} });
    await expect(look(world)).rejects.toMatchObject({ exitCode: 8, hint: expect.stringContaining('--no-api') });
  });

  it('is of the built-in emulator with --emulator', async () => {
    const world = await scene();
    const ending = await look(world, { emulator: true, apiUrl: undefined });
    expect(ending.made.prepared.plan.outcomes).toEqual({ planned: 3 });
    expect(await text(ending)).toMatch(/^EMULATED: Preview/);
    expect(world.api.requests).toEqual([]);
  });

  it.each<[string, Values]>([
    ['a saved plan', { plan: 'plan.json' }],
    ['the hash of a plan', { planHash: 'abc' }],
    ['a source without the API', { noApi: true, from: ['tag:a'] }],
    ['roles without the API', { noApi: true, excludeRole: ['DomainController'] }],
    ['names without the API', { noApi: true, resolve: true }],
  ])('makes no sense with %s', async (_, more) => {
    const world = await scene();
    await expect(look(world, more)).rejects.toMatchObject({ name: 'UsageError', exitCode: 2 });
    expect(world.api.requests).toEqual([]);
  });
});

describe('a preview without the API', () => {
  it('decides by the list alone and needs no credentials', async () => {
    const world = await scene([...ids(3), 'x'], { env: {} });
    const ending = await look(world, { noApi: true, excludeMachine: [machineId(2)] });
    expect(ending.made.prepared.plan.outcomes).toEqual({ invalid: 1, excluded: 1, planned: 2 });
    expect(ending.made.timing.quota).toEqual([]);
    expect(world.api.requests).toEqual([]);
    expect(existsSync(world.path('state.db'))).toBe(false);
    expect(await text(ending)).toMatch(/not read \(--no-api\)[^]*not known without a tenant and a client/);
  });

  it('knows the quota where the tenant and the client are known', async () => {
    const world = await scene();
    await start({ jobName: 'restrict', lists: [world.path('list.txt')], settings: world.settings(), confirm: yes }, world.tools);
    const { made } = await look(world, { noApi: true });
    expect(made.identity).toEqual({ tenant: 'contoso', clientId: 'app', certain: true });
    expect(made.timing.quota).toMatchObject([{ left: 97 }, { left: 1497 }]);
  });

  it('refuses what cannot be judged by the list alone', async () => {
    const world = await scene();
    const { made, exitCode } = await look(world, { noApi: true, excludeMachine: ['tag:Tier0'] });
    expect(exitCode).toBe(6);
    expect(made.final).toMatchObject([{ guard: 'exclusions' }]);
    await expect(look(world, { noApi: true, column: 'none' })).rejects.toMatchObject(refused(2, 'none'));
  });
});
