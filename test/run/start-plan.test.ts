import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Confirm } from '../../src/run/confirm.ts';
import type { Ending } from '../../src/run/ending.ts';
import { preview } from '../../src/run/preview.ts';
import { start } from '../../src/run/start.ts';
import { settingsFrom } from '../../src/settings/settings.ts';
import { machineId } from '../support/builders.ts';
import { unsignedJwt } from '../support/token-server.ts';
import { ids, useCase, type UseCase, type Values } from '../support/use-case.ts';

const never: Confirm = async () => ({ yes: false, why: 'a plan asks nobody' });

/** Saves a plan for the machines of `list.txt`, five and one that the tenant does not know; answers its hash. */
async function save(scene: UseCase, more: Values = {}, jobName = 'restrict'): Promise<string> {
  scene.file('list.txt', ...ids(5), machineId(99));
  const settings = scene.settings({ out: scene.path('plan.json'), report: undefined, ...more });
  const { plan } = await preview({ jobName, lists: [scene.path('list.txt')], settings, canAsk: false }, scene.tools);
  return plan?.sha256 ?? '';
}

function carryOut(scene: UseCase, more: Values = {}, lists: readonly string[] = [], jobName?: string): Promise<Ending> {
  const settings = scene.settings({ plan: scene.path('plan.json'), comment: undefined, ...more });
  return start({ jobName, lists, settings, confirm: never }, scene.tools);
}

const planned = async (...given: Parameters<typeof useCase>): Promise<UseCase> => {
  const scene = await useCase(...given);
  await save(scene);
  return scene;
};
const refused = (exitCode: number, message: string) => ({ exitCode, message: expect.stringContaining(message) });

describe('a saved plan', () => {
  it('is carried out exactly, without a question or a read', async () => {
    const scene = await useCase({ emulator: { fleet: [{ id: machineId(2), osPlatform: 'macOS' }] } });
    const sha256 = await save(scene);
    const reads = scene.api.requestsOf('GET').length;
    scene.file('list.txt', machineId(1));
    const { exitCode, summary, run } = await carryOut(scene, { planHash: sha256.toUpperCase() });
    expect(exitCode).toBe(3);
    expect(summary).toMatchObject({ rows: 6, outcomes: { invalid: 1, ineligible: 1, created: 4 } });
    expect(run).toMatchObject({ planHash: sha256, comment: 'INC-7', job: 'restrict' });
    expect(scene.api.requestsOf('GET')).toHaveLength(reads);
    expect(scene.events.map(({ kind }) => kind)).not.toContain('asked');
  });

  it('has the flags of its job, and goes for what cannot be taken back', async () => {
    const scene = await useCase();
    scene.file('list.txt', machineId(1));
    const settings = scene.settings({ out: scene.path('plan.json'), report: undefined }, { 'scan-type': 'full' });
    await preview({ jobName: 'scan', lists: [scene.path('list.txt')], settings, canAsk: false }, scene.tools);
    expect(await carryOut(scene)).toMatchObject({ exitCode: 0, run: { job: 'scan', parameters: { 'scan-type': 'full' } } });
    await save(scene, {}, 'offboard');
    expect(await carryOut(scene)).toMatchObject({ summary: { outcomes: { created: 5 } } });
  });

  it('of an emulated preview is carried out on an emulator', async () => {
    const scene = await useCase();
    const emulated = { emulator: true, apiUrl: undefined };
    await save(scene, emulated);
    await expect(carryOut(scene)).rejects.toMatchObject(refused(7, 'the plan was made with --emulator'));
    const { run, summary } = await carryOut(scene, { ...emulated, speed: 60, readLag: '1s' });
    expect(run.emulated).toBe(true);
    expect(summary?.outcomes).toMatchObject({ created: 6 });
  });

  it('gets its comment from the run where it has none, and keeps the one it has', async () => {
    const scene = await useCase();
    await save(scene, { comment: undefined });
    await expect(carryOut(scene)).rejects.toMatchObject(refused(2, 'the plan has no comment'));
    expect(await carryOut(scene, { comment: 'INC-8' })).toMatchObject({ run: { comment: 'INC-8' } });
    await save(scene, { again: true });
    await expect(carryOut(scene, { comment: 'INC-8' })).rejects.toMatchObject(refused(7, '"INC-7", and --comment says otherwise'));
    expect(await carryOut(scene, { comment: 'INC-7' })).toMatchObject({ run: { comment: 'INC-7' } });
  });

  it.each<[why: string, exitCode: number, message: string, more: Values]>([
    ['another hash', 7, 'and --plan-hash is abc', { planHash: 'abc' }],
    ['an age that is too old', 7, 'old, and --plan-max-age is', { planMaxAge: '0ms' }],
    ['no emulator to go to', 7, 'the plan is for real machines', { emulator: true, apiUrl: undefined }],
    ['exclusions that it knows nothing of', 7, 'without the exclusions of', { exclude: ['spare.txt'] }],
    ['roles that it knows nothing of', 7, 'without the exclusions of --exclude-role', { excludeRole: ['DomainController'] }],
    ['more machines than the run allows', 6, '5 machines would be called, and --max-targets is 4', { maxTargets: 4 }],
    ['more machines than are allowed in a day', 6, '--cap allows 4 calls', { cap: '4/24h' }],
    ['another number than was confirmed', 6, '--confirm 4 does not match', { confirm: 4 }],
    ['a flag of the preview', 2, '--again is for the preview that makes the plan', { again: true }],
    ['machines beside its own', 2, '--machine is for the preview', { machine: [machineId(7)] }],
    ['a source beside its own', 2, 'a plan and a list', { from: ['tag:a'] }],
  ])('is not carried out with %s', async (_, exitCode, message, more) => {
    const scene = await planned();
    const made = Date.now();
    // So that it is older than 0 ms.
    while (Date.now() === made);
    await expect(carryOut(scene, more)).rejects.toMatchObject(refused(exitCode, message));
    expect(scene.api.requestsOf('POST')).toEqual([]);
    expect(await scene.state().runs()).toEqual([]);
  });

  it('is not carried out with a list, as another job, or with a flag of its job', async () => {
    const scene = await planned();
    await expect(carryOut(scene, {}, [scene.path('list.txt')])).rejects.toMatchObject(refused(2, 'a plan and a list'));
    await expect(carryOut(scene, {}, [], 'isolate')).rejects.toMatchObject(refused(7, 'the plan is for restrict, not for isolate'));
    const { sources } = scene.settings({ plan: scene.path('plan.json'), comment: undefined });
    const settings = settingsFrom({ ...sources, jobFlags: { 'scan-type': 'full' } });
    const flagged = start({ jobName: undefined, lists: [], settings, confirm: never }, scene.tools);
    await expect(flagged).rejects.toMatchObject(refused(2, '--scan-type is for the preview'));
  });

  it('that was altered is not carried out, and no file that is none', async () => {
    const scene = await planned();
    const text = readFileSync(scene.path('plan.json'), 'utf8');
    writeFileSync(scene.path('plan.json'), text.replace(machineId(3), machineId(7)));
    await expect(carryOut(scene)).rejects.toMatchObject(refused(7, 'it was altered'));
    await expect(carryOut(scene, { plan: scene.path('list.txt') })).rejects.toMatchObject(refused(7, 'does not begin with its hash'));
    await expect(carryOut(scene, { plan: scene.path('none.json') })).rejects.toMatchObject(refused(7, 'the plan cannot be read'));
    expect(scene.api.requestsOf('POST')).toEqual([]);
  });

  it('of another tenant, or of another host where no tenant is known, is not carried out', async () => {
    const scene = await planned();
    const env = (tenant: string): NodeJS.ProcessEnv => ({ ...scene.tools.env, AZURE_TENANT_ID: tenant });
    const settings = scene.settings({ plan: scene.path('plan.json'), comment: undefined });
    const request = { jobName: undefined, lists: [], settings, confirm: never };
    await expect(start(request, { ...scene.tools, env: env('fabrikam') })).rejects.toMatchObject(
      refused(7, 'the plan is of tenant contoso, and this is fabrikam'),
    );
    const nameless = await useCase({ env: { CORDON_ACCESS_TOKEN: 'opaque' } });
    const [there, here] = [nameless, await useCase({ env: { CORDON_ACCESS_TOKEN: 'opaque' } })];
    await save(there);
    await expect(carryOut(here, { plan: there.path('plan.json') })).rejects.toMatchObject(refused(7, `the plan is for ${there.api.url}`));
  });

  it('is carried out once: a second time says by which run', async () => {
    const scene = await planned();
    const { run } = await carryOut(scene);
    await expect(carryOut(scene)).rejects.toMatchObject(refused(7, `already carried out by run ${run.id}`));
    expect(scene.api.requestsOf('POST')).toHaveLength(5);
    await scene.state().updateRun(run.id, { status: 'interrupted' });
    await expect(carryOut(scene)).rejects.toMatchObject({ hint: expect.stringContaining(`cordon resume ${run.id}`) });
  });

  it('is carried out once, also by two at the same time', async () => {
    const scene = await planned();
    const both = await Promise.allSettled([carryOut(scene), carryOut(scene)]);
    const errors = both.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(errors).toMatchObject([refused(7, 'already carried out by run')]);
    expect(scene.api.requestsOf('POST')).toHaveLength(5);
  });

  it('that a guard refused when it was made stays refused, but for its size', async () => {
    const scene = await useCase();
    await save(scene, { maxTargets: 2 });
    expect(await carryOut(scene)).toMatchObject({ summary: { outcomes: { created: 5 } } });
    await save(scene, { excludeMachine: ['gone.corp'], again: true });
    await expect(carryOut(scene)).rejects.toMatchObject(refused(6, 'match no machine of the tenant'));
    expect(await carryOut(scene, { allowUnmatchedExclusions: true })).toMatchObject({ summary: { rows: 6 } });
  });

  it('needs the permission of its job', async () => {
    const token = (...roles: string[]): NodeJS.ProcessEnv => ({ CORDON_ACCESS_TOKEN: unsignedJwt({ tid: 'contoso', roles }) });
    const scene = await planned({ env: token('Machine.Read.All') });
    await expect(carryOut(scene)).rejects.toMatchObject(refused(8, 'lacks the permission'));
  });

  it('is not made without facts, or where its file cannot be written', async () => {
    const forbidden = { status: 403, body: { error: { code: 'Forbidden', message: 'no' } } };
    const scene = await useCase({ instead: (_, url) => (url.startsWith('/api/machines?') ? forbidden : undefined) });
    await expect(save(scene)).rejects.toMatchObject(refused(6, 'a plan that is saved (--out) cannot be judged'));
    await expect(save(await useCase(), { out: scene.path('none/plan.json') })).rejects.toMatchObject(
      refused(1, 'the plan cannot be written'),
    );
  });
});
