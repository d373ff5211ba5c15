import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Ending } from '../../src/run/ending.ts';
import { resume, resumeIn } from '../../src/run/resume.ts';
import { start } from '../../src/run/start.ts';
import { openSession } from '../../src/wiring/session.ts';
import { aRun, machineId, rows } from '../support/builders.ts';
import { unsignedJwt } from '../support/token-server.ts';
import { ids, TENANT, useCase, yes, type UseCase, type UseCaseOptions, type Values } from '../support/use-case.ts';

const DAY = 86_400_000;
const refused = (exitCode: number, message: string | RegExp) => ({ exitCode, message: expect.stringMatching(message) });

/** A scene whose runs are stopped by their caller once two rows are settled, or as many as are told. */
async function stopping({ after = 2, ...options }: UseCaseOptions & { after?: number } = {}): Promise<UseCase> {
  let settled = 0;
  const scene = await useCase({
    ...options,
    onEvent: ({ kind }) => {
      if (kind === 'settled' && (settled += 1) === after) scene.controller.abort();
    },
  });
  scene.file('list.txt', ...ids(5));
  return scene;
}

/** Two machines go out at once, and no more for an hour. */
const SLOW = { rate: ['2/1h', '3/2h'] };
const FAST = { rate: ['100/1m', '1500/1h'] };

function run(scene: UseCase, more: Values = {}): Promise<Ending> {
  const settings = scene.settings({ ...SLOW, ...more });
  return start({ jobName: 'restrict', lists: [scene.path('list.txt')], settings, confirm: yes }, scene.tools);
}

/** Without the flags of the run, as somebody types it later. */
function goOn(scene: UseCase, more: Values = {}, runId?: string): Promise<Ending> {
  const none = { apiUrl: undefined, report: undefined, formats: undefined, comment: undefined };
  const { signal: _, ...tools } = scene.tools;
  return resume({ runId, settings: scene.settings({ ...none, ...FAST, ...more }) }, tools);
}

/** A run that was killed before its first call. */
async function killed(scene: UseCase, more: Parameters<typeof aRun>[0] = {}): Promise<string> {
  const run = aRun({
    createdAt: Date.now(),
    tenant: TENANT,
    clientId: 'app',
    host: scene.api.url,
    settings: { report: [scene.path('{run}')], formats: ['json'] },
    ...more,
  });
  const state = scene.state();
  await state.createRun(run, rows(3));
  return run.id;
}

describe('resume', () => {
  it('goes on where a run was stopped, by the settings of the run, and calls nothing twice', async () => {
    const scene = await stopping();
    const stopped = await run(scene);
    expect(stopped).toMatchObject({ exitCode: 130, note: 'stopped by the caller', summary: { outcomes: { created: 2, 'not-sent': 3 } } });
    expect(stopped.run.status).toBe('interrupted');
    const { exitCode, summary, run: ended, files } = await goOn(scene);
    expect({ exitCode, outcomes: summary?.outcomes, id: ended.id }).toEqual({ exitCode: 0, outcomes: { created: 5 }, id: stopped.run.id });
    expect(ended.status).toBe('done');
    expect(files).toContain(scene.path(`${ended.id}/report.json`));
    expect(scene.api.requestsOf('POST')).toHaveLength(5);
    expect(scene.events.filter(({ kind }) => kind === 'begun')).toMatchObject([{ resumed: false }, { resumed: true }]);
  });

  it('counts what earlier processes did in its progress', async () => {
    const scene = await stopping();
    await run(scene);
    const seen: object[] = [];
    const listener = (event: UseCase['events'][number]): void => {
      if (event.kind === 'begun') seen.push(event.progress());
    };
    await resume(
      { runId: undefined, settings: scene.settings(FAST) },
      { env: scene.tools.env, log: scene.tools.log, secrets: scene.tools.secrets, listener },
    );
    expect(seen).toMatchObject([{ calls: 5, done: 2, outcomes: { created: 2 }, recent: 0 }]);
  });

  it('is of the run that is named, also where it has nothing left to do', async () => {
    const scene = await useCase();
    const [first, second] = [await killed(scene), await killed(scene, { id: 'r-20261123-101531-k3f9', comment: 'INC-8' })];
    expect(await goOn(scene, {}, first)).toMatchObject({ exitCode: 0, run: { id: first }, summary: { outcomes: { created: 3 } } });
    expect(await goOn(scene, {}, first)).toMatchObject({ exitCode: 0, run: { id: first } });
    expect(await goOn(scene)).toMatchObject({ run: { id: second } });
    expect(scene.api.requestsOf('POST')).toHaveLength(6);
  });

  it('never guesses which run is meant', async () => {
    const scene = await useCase();
    await expect(goOn(scene)).rejects.toMatchObject(refused(2, /no unfinished run in .*state\.db/));
    await expect(goOn(scene, {}, 'r-none')).rejects.toMatchObject(refused(2, 'there is no run r-none'));
    const [first, second] = [await killed(scene), await killed(scene, { id: 'r-20261123-101531-k3f9', comment: 'INC-8' })];
    await expect(goOn(scene)).rejects.toMatchObject({ exitCode: 2, name: 'SeveralRunsError', runs: [{ id: second }, { id: first }] });
    expect(scene.api.requests).toEqual([]);
  });

  it('of an emulated run goes on in a new emulator', async () => {
    const scene = await stopping({ after: 1 });
    const emulated = { emulator: true, apiUrl: undefined, state: undefined };
    const env = { ...scene.tools.env, XDG_STATE_HOME: scene.path('home') };
    const tools = { ...scene.tools, env };
    const request = { jobName: 'restrict', lists: [scene.path('list.txt')], confirm: yes };
    const stopped = await start({ ...request, settings: scene.settings({ ...emulated, ...SLOW }) }, tools);
    expect(stopped.run).toMatchObject({ emulated: true, status: 'interrupted' });
    const { signal: _, ...later } = tools;
    const settings = scene.settings({ ...emulated, ...FAST, readLag: '1s' });
    await expect(resume({ runId: undefined, settings }, later)).rejects.toMatchObject({
      exitCode: 2,
      hint: expect.stringContaining('must be named'),
    });
    expect(await resume({ runId: stopped.run.id, settings }, later)).toMatchObject({ exitCode: 0, summary: { outcomes: { created: 5 } } });
  });

  it('keeps what a run is about: host, tenant, client and comment', async () => {
    const scene = await useCase();
    await killed(scene);
    await expect(goOn(scene, { comment: 'another' })).rejects.toMatchObject(refused(2, "--comment differs from the run's own: INC-7"));
    await expect(goOn(scene, { tenant: 'fabrikam' })).rejects.toMatchObject(refused(2, '--tenant differs'));
    await expect(goOn(scene, { clientId: 'other' })).rejects.toMatchObject(refused(2, '--client-id differs'));
    await expect(goOn(scene, { apiUrl: 'http://127.0.0.1:9' })).rejects.toMatchObject(refused(2, '--api-url differs'));
    await expect(goOn(scene, { geo: 'eu' })).rejects.toMatchObject(refused(2, '--geo differs'));
    expect(scene.api.requests).toEqual([]);
    expect(await goOn(scene, { comment: 'INC-7', tenant: TENANT, apiUrl: scene.api.url })).toMatchObject({ exitCode: 0 });
  });

  it('is not with the credentials of somebody else', async () => {
    const token = (claims: object): NodeJS.ProcessEnv => ({ CORDON_ACCESS_TOKEN: unsignedJwt(claims) });
    const scene = await useCase({ env: token({ tid: 'fabrikam', appid: 'app' }) });
    await killed(scene);
    await expect(goOn(scene)).rejects.toMatchObject(refused(2, /another tenant \(fabrikam\) than the run's \(contoso\)/));
    const other = await useCase({ env: token({ tid: TENANT, appid: 'other' }) });
    await killed(other);
    await expect(goOn(other)).rejects.toMatchObject(refused(2, /another client \(other\)/));
    const powerless = await useCase({ env: token({ tid: TENANT, appid: 'app', roles: ['Machine.Read.All'] }) });
    await killed(powerless);
    await expect(goOn(powerless)).rejects.toMatchObject(refused(8, 'lacks the permission'));
  });

  it('is not of a run that is too old, unless that is allowed', async () => {
    const scene = await useCase();
    await killed(scene, { createdAt: Date.now() - 2 * DAY });
    await expect(goOn(scene)).rejects.toMatchObject(refused(7, 'old, and --max-age is'));
    expect(scene.api.requestsOf('POST')).toEqual([]);
    expect(await goOn(scene, { maxAge: '3d' })).toMatchObject({ exitCode: 0 });
  });

  it('is not of a run that another process works on', async () => {
    const scene = await useCase();
    const id = await killed(scene);
    const lock = await scene.state().lockRun(id);
    await expect(goOn(scene)).rejects.toMatchObject({ exitCode: 11, runId: id });
    await lock.release();
    expect(await goOn(scene)).toMatchObject({ exitCode: 0 });
  });

  it('calls failed and refused rows again only where that is asked for', async () => {
    let isBroken = true;
    const scene = await useCase({
      instead: (method, url) => {
        if (method !== 'POST' || !isBroken) return undefined;
        const isFirst = url.includes(machineId(1));
        return isFirst
          ? { status: 403, body: { error: { code: 'Forbidden', message: 'not allowed on this machine' } } }
          : { status: 503, body: { error: { code: 'Busy', message: 'later' } } };
      },
    });
    scene.file('list.txt', ...ids(3));
    const first = await run(scene, { ...FAST, retries: 0, readLag: '1ms', maxErrors: 100 });
    expect(first).toMatchObject({ exitCode: 3, run: { status: 'done' }, summary: { outcomes: { failed: 2, refused: 1 } } });
    isBroken = false;
    const { id } = first.run;
    expect(await goOn(scene, {}, id)).toMatchObject({ exitCode: 3, summary: { outcomes: { failed: 2, refused: 1 } } });
    expect(scene.api.emulator.actions()).toEqual([]);
    expect(await goOn(scene, { retryFailed: true }, id)).toMatchObject({ exitCode: 3, summary: { outcomes: { created: 2, refused: 1 } } });
    expect(await goOn(scene, { retryRefused: true }, id)).toMatchObject({ exitCode: 0, summary: { outcomes: { created: 3 } } });
  });

  it('looks up again what was left unknown', async () => {
    let mayRead = false;
    const forbidden = { status: 403, body: { error: { code: 'Forbidden', message: 'no' } } };
    const scene = await useCase({
      emulator: { faults: { 'reset-after': 1 } },
      instead: (method, url) => (method === 'GET' && url.startsWith('/api/machineactions') && !mayRead ? forbidden : undefined),
    });
    scene.file('list.txt', ...ids(3));
    const lost = await run(scene, { ...FAST, noFacts: true, readLag: '1ms', maxErrors: 100 });
    expect(lost).toMatchObject({ exitCode: 3, summary: { outcomes: { unknown: 3 } } });
    mayRead = true;
    expect(await goOn(scene, {}, lost.run.id)).toMatchObject({ exitCode: 0, summary: { outcomes: { created: 3 } } });
    expect(scene.api.emulator.stats().doubles).toEqual([]);
    expect(scene.api.requestsOf('POST')).toHaveLength(3);
  });

  describe('without a sign-in service', () => {
    afterEach(() => void vi.useRealTimers());

    it('is exit 5: nothing was sent, and the run stays as it is', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      vi.setTimerTickMode('nextTimerAsync');
      const scene = await useCase({
        env: {
          AZURE_TENANT_ID: TENANT,
          AZURE_CLIENT_ID: 'app',
          AZURE_CLIENT_SECRET: 'secret-secret',
          AZURE_AUTHORITY_HOST: 'http://127.0.0.1:9',
        },
      });
      const id = await killed(scene);
      await expect(goOn(scene)).rejects.toMatchObject(refused(5, 'cannot sign in'));
      expect(scene.api.requests).toEqual([]);
      expect(await scene.state().run(id)).toMatchObject({ status: 'running' });
    });
  });
});

describe('start with --resume-if-interrupted', () => {
  it('finishes an unfinished run of the same job, tenant, comment and list, and else starts anew', async () => {
    const scene = await stopping();
    const stopped = await run(scene);
    const { signal: _, ...tools } = scene.tools;
    const again = (more: Values = {}): Promise<Ending> => {
      const settings = scene.settings({ ...FAST, resumeIfInterrupted: true, again: true, ...more });
      return start({ jobName: 'restrict', lists: [scene.path('list.txt')], settings, confirm: yes }, tools);
    };
    expect((await again({ comment: 'INC-8' })).run.id).not.toBe(stopped.run.id);
    expect((await again({ maxAge: '0ms' })).run.id).not.toBe(stopped.run.id);
    expect(await again()).toMatchObject({ exitCode: 0, run: { id: stopped.run.id }, summary: { rows: 5 } });
    expect((await again()).run.id).not.toBe(stopped.run.id);
  });
});

describe('resume in an open session', () => {
  it('is of a run on the same host', async () => {
    const scene = await useCase();
    const id = await killed(scene);
    const session = await openSession({ settings: scene.settings({ ...FAST, report: undefined }) }, scene.tools);
    expect(await resumeIn(session, undefined)).toMatchObject({ exitCode: 0, run: { id } });
    await expect(resumeIn(session, undefined)).rejects.toMatchObject(refused(2, 'no unfinished run'));
    await session.state.createRun(
      aRun({ id: 'r-20261123-101532-k3f9', host: 'https://elsewhere.example', createdAt: Date.now() }),
      rows(1),
    );
    await expect(resumeIn(session, 'r-20261123-101532-k3f9')).rejects.toMatchObject(refused(2, 'is on https://elsewhere.example'));
    await session.close();
  });
});
