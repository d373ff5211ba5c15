import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Briefing } from '../../src/core/briefing.ts';
import { UserError } from '../../src/core/errors.ts';
import type { Confirm } from '../../src/run/confirm.ts';
import type { Ending } from '../../src/run/ending.ts';
import { start } from '../../src/run/start.ts';
import { machineId } from '../support/builders.ts';
import { unsignedJwt } from '../support/token-server.ts';
import { ids, useCase, yes, type UseCase, type Values } from '../support/use-case.ts';

/** Restricts the machines of `list.txt`, unless the settings say otherwise. */
function restrict(scene: UseCase, more: Values = {}, confirm: Confirm = yes, jobName: string | null = 'restrict'): Promise<Ending> {
  const settings = scene.settings(more);
  return start({ jobName: jobName ?? undefined, lists: [scene.path('list.txt')], settings, confirm }, scene.tools);
}

/** A scene with a list of three machines. */
async function three(...given: Parameters<typeof useCase>): Promise<UseCase> {
  const scene = await useCase(...given);
  scene.file('list.txt', ...ids(3));
  return scene;
}

const refused = (exitCode: number, message: string | RegExp) => ({
  exitCode,
  message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
});

describe('start', () => {
  it('calls every machine of the list once, tells of it as it happens, and reports it', async () => {
    const scene = await three();
    const ending = await restrict(scene);
    expect(ending).toMatchObject({ exitCode: 0, note: null, unwritten: undefined, summary: { rows: 3, outcomes: { created: 3 } } });
    expect(ending.run).toMatchObject({
      status: 'done',
      exitCode: 0,
      tenant: 'contoso',
      clientId: 'app',
      comment: 'INC-7',
      emulated: false,
    });
    expect(scene.api.requestsOf('POST')).toHaveLength(3);
    expect(scene.events.map(({ kind }) => kind).filter((kind) => kind !== 'reading')).toEqual([
      'facts',
      'planned',
      'asked',
      'begun',
      'settled',
      'settled',
      'settled',
      'ended',
    ]);
    const report = JSON.parse(readFileSync(scene.path(`${ending.run.id}/report.json`), 'utf8'));
    expect(report.rows.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['created', 'created', 'created']);
    expect(ending.files).toContain(scene.path(`${ending.run.id}/report.csv`));
    expect(await scene.state().run(ending.run.id)).toMatchObject({ status: 'done', exitCode: 0, note: null });
  });

  it('tells how far it is whenever it is asked', async () => {
    const seen: (readonly number[])[] = [];
    const scene = await three({
      onEvent: (event) => {
        if (event.kind === 'begun') seen.push([event.progress().done, event.progress().calls]);
      },
    });
    await restrict(scene);
    const begun = scene.events.find((event) => event.kind === 'begun');
    expect(seen).toEqual([[0, 3]]);
    expect(begun?.progress()).toMatchObject({
      calls: 3,
      done: 3,
      outcomes: { created: 3 },
      underWay: 0,
      parked: 0,
      isOut: false,
      recent: 3,
    });
  });

  it('reads a list from standard input, and machines that were named one by one', async () => {
    const scene = await useCase();
    const settings = scene.settings({ machine: [machineId(2)] });
    const { summary } = await start(
      { jobName: 'restrict', lists: ['-'], stdin: Readable.from([machineId(1)]), settings, confirm: yes },
      scene.tools,
    );
    expect(summary?.outcomes).toEqual({ created: 2 });
  });

  it('calls the machines of the built-in emulator, by id and by name', async () => {
    const scene = await useCase();
    scene.file('list.txt', machineId(1), 'web01.corp.example');
    const { run, summary } = await restrict(scene, { emulator: true, apiUrl: undefined, speed: 60, resolve: true, readLag: '1s' });
    expect(summary?.outcomes).toEqual({ created: 2 });
    expect(run.id).toMatch(/^emulated-/);
    expect(scene.api.requests).toEqual([]);
  });

  it('takes an empty list for nothing where that is allowed', async () => {
    const scene = await useCase();
    scene.file('list.txt', '');
    await expect(restrict(scene)).rejects.toMatchObject(refused(2, 'no machine in'));
    expect(await restrict(scene, { allowEmpty: true })).toMatchObject({ exitCode: 0, summary: { rows: 0, outcomes: {} } });
    expect(scene.api.requestsOf('POST')).toEqual([]);
  });

  it('is exit 3 for rows that did not come to what was asked for', async () => {
    const scene = await three({ emulator: { unknown: [machineId(2)] } });
    const ending = await restrict(scene, { noFacts: true, retries: 0 });
    expect(ending).toMatchObject({ exitCode: 3, summary: { outcomes: { created: 2, refused: 1 } } });
  });

  it.each<[why: string, exitCode: number, message: string, more: Values, job?: string | null]>([
    ['no job', 2, 'no job named', {}, null],
    ['a job that there is not', 2, '"quarrantine" is no job', {}, 'quarrantine'],
    ['a flag of a preview', 2, '--no-api is for a preview', { noApi: true }],
    ['a flag of a saved plan', 2, '--plan-hash is for a saved plan', { planHash: 'x' }],
    ['no comment', 2, '--comment is missing', { comment: undefined }],
    ['a comment of blanks', 2, '--comment is missing', { comment: '  ' }],
    ['a comment that does not fit', 2, 'characters long', { comment: 'x'.repeat(1000) }],
    ['another number than was confirmed', 6, '--confirm 4 does not match', { confirm: 4 }],
    ['more machines than are allowed', 6, '3 machines would be called, and --max-targets is 2', { maxTargets: 2, yes: true }],
    ['more machines than are allowed in a day', 6, '--cap allows 2 calls in', { cap: '2/24h' }],
    ['an exclusion file that is not there', 6, 'exclusions:', { exclude: ['none.txt'] }],
    [
      'an exclusion that matches no machine of the tenant',
      6,
      'match no machine of the tenant',
      { excludeMachine: ['gone.corp'], yes: true },
    ],
  ])('sends nothing for %s', async (_, exitCode, message, more, job = 'restrict') => {
    const scene = await three();
    await expect(restrict(scene, more, yes, job)).rejects.toMatchObject(refused(exitCode, message));
    expect(scene.api.requestsOf('POST')).toEqual([]);
    expect(await scene.state().runs()).toEqual([]);
  });

  it('says how the exclusion is answered that matches nothing, and not to raise a limit', async () => {
    const scene = await three();
    const hint = expect.stringMatching(/^(?![^]*--max-targets)[^]*--allow-unmatched-exclusions/);
    await expect(restrict(scene, { excludeMachine: ['gone.corp'], yes: true })).rejects.toMatchObject({ exitCode: 6, hint });
  });

  it('wants a list', async () => {
    const scene = await useCase();
    const none = start({ jobName: 'restrict', lists: [], settings: scene.settings(), confirm: yes }, scene.tools);
    await expect(none).rejects.toMatchObject(refused(2, 'no list of machines'));
  });

  it('takes no flag of another job, and only words that a flag knows', async () => {
    const scene = await three();
    const run = (jobName: string, flags: Record<string, string>) =>
      start({ jobName, lists: [scene.path('list.txt')], settings: scene.settings({}, flags), confirm: yes }, scene.tools);
    await expect(run('restrict', { 'scan-type': 'full' })).rejects.toMatchObject(refused(2, '--scan-type is no flag of restrict'));
    await expect(run('scan', { 'scan-type': 'deep' })).rejects.toMatchObject(refused(2, '--scan-type'));
    await expect(run('scan', {})).rejects.toMatchObject(refused(2, 'scan needs --scan-type'));
    expect(await run('scan', { 'scan-type': 'Full' })).toMatchObject({ run: { parameters: { 'scan-type': 'full' } } });
  });

  it('counts what earlier runs sent for --cap', async () => {
    const scene = await three();
    expect(await restrict(scene, { cap: '4/24h' })).toMatchObject({ exitCode: 0 });
    scene.file('list.txt', machineId(4), machineId(5));
    await expect(restrict(scene, { cap: '4/24h' })).rejects.toMatchObject(refused(6, '2 more after 3 sent'));
  });
});

describe('the confirmation of a start', () => {
  const no: Confirm = async () => ({ yes: false, why: 'nobody is there', hint: 'Use --confirm 3.' });
  /** Says yes and keeps what it was asked. */
  const asking = (): { readonly asked: Briefing[]; readonly confirm: Confirm } => {
    const asked: Briefing[] = [];
    return {
      asked,
      confirm: async (briefing) => {
        asked.push(briefing);
        return { yes: true };
      },
    };
  };

  it('says what will be done before anything is sent', async () => {
    const scene = await three();
    const { asked, confirm } = asking();
    await restrict(scene, {}, async (briefing) => {
      expect(scene.api.requestsOf('POST')).toEqual([]);
      return confirm(briefing);
    });
    expect(asked).toMatchObject([{ machines: 3, tenant: 'contoso', comment: 'INC-7', toType: '3', host: scene.api.url, emulated: false }]);
  });

  it('sends nothing without a yes, and says how to give one beforehand', async () => {
    const scene = await three();
    await expect(restrict(scene, {}, no)).rejects.toMatchObject({ ...refused(6, 'nobody is there'), hint: 'Use --confirm 3.' });
    expect(scene.events.at(-1)).toEqual({ kind: 'asked', confirmed: false });
    expect(scene.api.requestsOf('POST')).toEqual([]);
    expect(await scene.state().runs()).toEqual([]);
  });

  it('is what asking was ended by', async () => {
    const scene = await three();
    const interrupted = restrict(scene, {}, async () => {
      throw new UserError('interrupted', { exitCode: 130 });
    });
    await expect(interrupted).rejects.toMatchObject(refused(130, 'interrupted'));
    expect(scene.api.requestsOf('POST')).toEqual([]);
  });

  it.each<[string, Values]>([
    ['--yes', { yes: true }],
    ['the right number', { confirm: 3 }],
  ])('is not asked for with %s', async (_, more) => {
    const scene = await three();
    expect(await restrict(scene, more, no)).toMatchObject({ exitCode: 0 });
    expect(scene.events.map(({ kind }) => kind)).not.toContain('asked');
  });

  it('is not asked for where nothing is to be called', async () => {
    const scene = await useCase();
    scene.file('list.txt', 'nonsense');
    expect(await restrict(scene, { noFacts: true }, no)).toMatchObject({ exitCode: 3, summary: { outcomes: { invalid: 1 } } });
  });

  it('may overrule a limit, which is then part of the question and of the refusal', async () => {
    const scene = await three();
    const { asked, confirm } = asking();
    const why = '3 machines would be called, and --max-targets is 2';
    await expect(restrict(scene, { maxTargets: 2 }, no)).rejects.toMatchObject(refused(6, `${why}; nobody is there`));
    expect(await restrict(scene, { maxTargets: 2 }, confirm)).toMatchObject({ exitCode: 0 });
    expect(asked).toMatchObject([{ asked: [why] }]);
  });

  it('of what cannot be taken back is asked for by its word, whatever flags say', async () => {
    const scene = await three();
    for (const more of [{ yes: true }, { confirm: 3 }])
      await expect(restrict(scene, more, no, 'offboard')).rejects.toMatchObject(refused(6, 'nobody is there'));
    expect(scene.api.requestsOf('POST')).toEqual([]);
    const { asked, confirm } = asking();
    expect(await restrict(scene, { yes: true }, confirm, 'offboard')).toMatchObject({ exitCode: 0 });
    expect(asked).toMatchObject([{ toType: 'offboard', machines: 3 }]);
  });
});

describe('the facts of a start', () => {
  const unreadable = (_: string, url: string) =>
    url.startsWith('/api/machine') && !/restrict/.test(url)
      ? { status: 403, body: { error: { code: 'Forbidden', message: 'no' } } }
      : undefined;
  const away = (method: string, url: string) =>
    method === 'GET' && url.startsWith('/api/') ? { status: 500, body: { error: { code: 'Oops', message: 'later' } } } : undefined;

  it('leave out what cannot be called, what the tenant does not know, and what is done already', async () => {
    const scene = await useCase({ emulator: { machines: ids(3), fleet: [{ id: machineId(2), osPlatform: 'macOS' }], actionMs: [0, 0] } });
    scene.file('list.txt', ...ids(4), machineId(1));
    const first = await restrict(scene);
    expect(first.summary?.outcomes).toEqual({ invalid: 1, duplicate: 1, ineligible: 1, created: 2 });
    const second = await restrict(scene);
    expect(second.summary?.outcomes).toEqual({ invalid: 1, duplicate: 1, ineligible: 1, 'already-applied': 2 });
    const third = await restrict(scene, { again: true, callIneligible: true });
    expect(third.summary?.outcomes).toEqual({ invalid: 1, duplicate: 1, created: 2, refused: 1 });
  });

  it('are not read with --no-facts: not one GET', async () => {
    const scene = await three();
    expect(await restrict(scene, { noFacts: true })).toMatchObject({ exitCode: 0 });
    expect(scene.api.requestsOf('GET')).toEqual([]);
  });

  it.each([
    ['forbidden', unreadable],
    ['gone', away],
  ])('that are %s are gone without where nothing needs them, and the question says so', async (_, instead) => {
    const scene = await three({ instead });
    let notes: readonly string[] = [];
    const { summary } = await restrict(scene, { factsTimeout: '5s' }, async (briefing) => {
      notes = briefing.notes;
      return { yes: true };
    });
    expect(summary?.outcomes).toEqual({ created: 3 });
    expect(notes).toEqual([expect.stringContaining('decided without machine facts')]);
  });

  it.each<[string, Values, string]>([
    ['exclusions by name', { excludeMachine: ['name:dc*'] }, 'the exclusions by name, tag, group or os cannot be judged'],
    ['names to be looked up', { resolve: true }, 'names (--resolve) cannot be judged'],
    ['a share', { maxTargets: '50%' }, 'a share of the onboarded machines'],
    ['--facts', { facts: true }, 'the list (--facts)'],
  ])('that cannot be had refuse a run that has %s', async (_, more, message) => {
    const scene = await three({ instead: unreadable });
    await expect(restrict(scene, { ...more, yes: true })).rejects.toMatchObject(refused(6, message));
    expect(scene.api.requestsOf('POST')).toEqual([]);
  });

  it('that take longer than --facts-timeout are gone without', async () => {
    const scene = await three({ emulator: { faults: { 'read-hang': 1 } } });
    const { summary } = await restrict(scene, { factsTimeout: '50ms', readLag: '1s' });
    expect(summary?.outcomes).toEqual({ created: 3 });
    await expect(restrict(scene, { factsTimeout: '50ms', facts: true })).rejects.toMatchObject({
      ...refused(6, 'no answer within'),
      hint: expect.not.stringMatching(/Nothing was sent[^]*Nothing was sent|--no-facts sends/),
    });
  });

  it('of a tenant that shows no machine at all are none', async () => {
    const scene = await three({
      instead: (method, url) => (method === 'GET' && url.startsWith('/api/machines?') ? { status: 200, body: { value: [] } } : undefined),
    });
    const noted = restrict(scene, {}, async ({ notes }) => ({ yes: false, why: notes.join() }));
    await expect(noted).rejects.toThrow('decided without machine facts: the tenant shows no machine at all');
    await expect(restrict(scene, { facts: true })).rejects.toMatchObject(refused(6, 'the tenant shows no machine at all'));
  });

  it('are not waited for once somebody stops the start: nothing is asked, and no run begins', async () => {
    const scene = await three({
      emulator: { faults: { 'read-hang': 1 } },
      onEvent: ({ kind }) => {
        if (kind === 'reading') setImmediate(() => scene.controller.abort());
      },
    });
    await expect(restrict(scene)).rejects.toMatchObject(refused(130, 'stopped while machine facts were read'));
    expect(scene.events.map(({ kind }) => kind)).toEqual(['reading']);
    expect(await scene.state().runs()).toEqual([]);
  });

  it('tell what an exclusion by name, tag or group means', async () => {
    const scene = await useCase({
      emulator: {
        fleet: [
          { id: machineId(1), computerDnsName: 'dc01.corp' },
          { id: machineId(2), machineTags: ['Tier0'] },
          { id: machineId(3), rbacGroupName: 'Servers' },
        ],
      },
    });
    scene.file('list.txt', ...ids(5));
    const exclude = [scene.file('spare.txt', 'name:dc*', 'tag:tier0')];
    const { summary } = await restrict(scene, { exclude, excludeMachine: ['group:Servers'] });
    expect(summary?.outcomes).toEqual({ excluded: 3, created: 2 });
  });

  it('refuse a list of ids that the tenant does not know', async () => {
    const scene = await useCase();
    scene.file('list.txt', ...[91, 92, 93, 1, 2].map(machineId));
    await expect(restrict(scene, { yes: true })).rejects.toMatchObject(refused(6, '3 of 5 ids are not known to the tenant'));
  });
});

describe('the permission of a start', () => {
  const token = (roles: readonly string[]): NodeJS.ProcessEnv => ({
    CORDON_ACCESS_TOKEN: unsignedJwt({ tid: 'contoso', appid: 'app', roles }),
  });

  it('is looked up in the token before anything is sent', async () => {
    const scene = await three({ env: token(['Machine.Read.All']) });
    await expect(restrict(scene)).rejects.toMatchObject(refused(8, 'lacks the permission Machine.RestrictExecution'));
    expect(scene.api.requests).toEqual([]);
  });

  it('to read is none that a run needs: it is warned of', async () => {
    const scene = await three({ env: token(['Machine.RestrictExecution']) });
    expect(await restrict(scene, { noFacts: true })).toMatchObject({ exitCode: 0 });
    expect(scene.complaints).toContainEqual(expect.stringContaining('lacks Machine.Read.All'));
  });

  it('is none without credentials', async () => {
    const scene = await three({ env: {} });
    await expect(restrict(scene)).rejects.toMatchObject(refused(8, 'no credentials'));
  });
});
