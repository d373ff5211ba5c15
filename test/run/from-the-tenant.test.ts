/** Lists, roles and packages that a use case reads from the tenant. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { downloadedJson, downloadedText } from '../../src/cli/views/download.ts';
import { download, type DownloadedRun } from '../../src/run/download-run.ts';
import type { Package } from '../../src/run/download.ts';
import type { Ending } from '../../src/run/ending.ts';
import { preview } from '../../src/run/preview.ts';
import { start } from '../../src/run/start.ts';
import { aRun, machineId, rows } from '../support/builders.ts';
import { ids, TENANT, useCase, yes, type UseCase, type UseCaseOptions, type Values } from '../support/use-case.ts';

const FLEET = [
  { id: machineId(1), computerDnsName: 'dc1.corp', machineTags: ['Tier0'], deviceRoles: ['DomainController'] },
  { id: machineId(2), computerDnsName: 'pc2.corp', machineTags: ['Clients'] },
  { id: machineId(3), computerDnsName: 'pc3.corp', machineTags: ['Clients'] },
];
const refused = (exitCode: number, message: string | RegExp) => ({ exitCode, message: expect.stringMatching(message) });

const tenant = (options: UseCaseOptions = {}): Promise<UseCase> =>
  useCase({ ...options, emulator: { machines: ids(3), fleet: FLEET, actionMs: [0, 0], ...options.emulator } });

function run(scene: UseCase, more: Values, lists: readonly string[] = [], jobName = 'restrict'): Promise<Ending> {
  return start({ jobName, lists, settings: scene.settings(more), confirm: yes }, scene.tools);
}

describe('a list from the tenant', () => {
  it('joins those of files, is told, and is kept beside the report', async () => {
    const scene = await tenant();
    const notes: string[] = [];
    const settings = scene.settings({ from: ['tag:Clients'] });
    const lists = [scene.file('list.txt', machineId(1))];
    const confirm = async (briefing: { readonly notes: readonly string[] }) => {
      notes.push(...briefing.notes);
      return { yes: true } as const;
    };
    const { run: ended, summary } = await start({ jobName: 'restrict', lists, settings, confirm }, scene.tools);
    expect(summary?.outcomes).toEqual({ created: 3 });
    expect(notes).toEqual([expect.stringMatching(/^tag:Clients: 2 machines, read at/)]);
    expect(scene.events).toContainEqual({ kind: 'reading', what: 'tag:Clients' });
    const kept = readFileSync(scene.path(`${ended.id}/targets.csv`), 'utf8')
      .trim()
      .split('\n');
    expect(kept.slice(1).map((line) => line.split(',')[0])).toEqual(ids(3));
  });

  it('may be a query in a file, or an earlier run', async () => {
    const scene = await tenant();
    const first = await run(scene, { from: [`query:${scene.file('all.kql', 'DeviceInfo | project DeviceId, DeviceName, OSPlatform')}`] });
    expect(first.summary?.outcomes).toEqual({ created: 3 });
    const second = await run(scene, { from: [`run:${first.run.id}:created`] }, [], 'unrestrict');
    expect(second.summary?.outcomes).toEqual({ created: 3 });
  });

  it.each<[string, number, RegExp]>([
    ['tag:none', 2, /no machine in tag:none/],
    ['query:none.kql', 2, /the query cannot be read/],
    ['run:r-none', 2, /r-none/],
    ['nonsense', 2, /nonsense/],
  ])('that is %s sends nothing', async (from, exitCode, message) => {
    const scene = await tenant();
    await expect(run(scene, { from: [from] })).rejects.toMatchObject(refused(exitCode, message));
    expect(scene.api.requestsOf('POST').filter((line) => line.includes('/machines/'))).toEqual([]);
  });

  it('may be empty where that is allowed, and is a preview’s too', async () => {
    const scene = await tenant();
    expect(await run(scene, { from: ['tag:none'], allowEmpty: true })).toMatchObject({ exitCode: 0, summary: { rows: 0 } });
    const settings = scene.settings({ from: ['tag:Clients'], report: undefined });
    const { made } = await preview({ jobName: 'restrict', lists: [], settings, canAsk: false }, scene.tools);
    expect(made.prepared.plan.outcomes).toEqual({ planned: 2 });
    expect(made.warnings).toEqual([expect.stringContaining('tag:Clients: 2 machines')]);
  });

  it('that does not come is not waited for once somebody stops it', async () => {
    const scene = await tenant({
      emulator: { faults: { 'read-hang': 1 } },
      onEvent: ({ kind }) => {
        if (kind === 'reading') setImmediate(() => scene.controller.abort());
      },
    });
    await expect(run(scene, { from: ['tag:Clients'] })).rejects.toMatchObject({
      ...refused(130, 'tag:Clients could not be read: stopped while the list was read'),
      hint: 'Nothing was sent.',
    });
  });

  it('that cannot be written down is not sent', async () => {
    const scene = await tenant();
    scene.file('taken', 'a file');
    const never = run(scene, { from: ['tag:Clients'], report: scene.path('taken/{run}') });
    await expect(never).rejects.toMatchObject(refused(1, 'the list of targets cannot be written'));
    expect(scene.api.requestsOf('POST')).toEqual([]);
    expect(await scene.state().runs()).toEqual([]);
  });
});

describe('machines with a role', () => {
  it('are left out', async () => {
    const scene = await tenant();
    const list = [scene.file('list.txt', ...ids(3))];
    const { summary } = await run(scene, { excludeRole: ['DomainController'] }, list);
    expect(summary?.outcomes).toEqual({ excluded: 1, created: 2 });
    expect(scene.events).toContainEqual({ kind: 'reading', what: 'the exposure graph (DomainController)' });
  });

  it('that nobody has are a typo, unless somebody says that they are none', async () => {
    const scene = await tenant();
    const list = [scene.file('list.txt', ...ids(3))];
    const typo = { excludeRole: ['criticality:0'] };
    await expect(run(scene, typo, list)).rejects.toMatchObject(refused(6, 'no machine of the tenant has the role criticality:0'));
    expect(await run(scene, { ...typo, allowUnmatchedExclusions: true }, list)).toMatchObject({ summary: { outcomes: { created: 3 } } });
  });

  it('that cannot be judged stop the run', async () => {
    const forbidden = { status: 403, body: { error: { code: 'Forbidden', message: 'no' } } };
    const scene = await tenant({ instead: (_, url) => (url.includes('runHuntingQuery') ? forbidden : undefined) });
    const never = run(scene, { excludeRole: ['DomainController'] }, [scene.file('list.txt', ...ids(3))]);
    await expect(never).rejects.toMatchObject(refused(6, '--exclude-role DomainController cannot be judged'));
    expect(scene.api.requestsOf('POST').filter((line) => line.includes('/machines/'))).toEqual([]);
  });

  it('are not waited for once somebody stops it', async () => {
    const scene = await tenant({
      instead: (_, url) => {
        if (url.includes('runHuntingQuery')) scene.controller.abort();
        return undefined;
      },
    });
    const never = run(scene, { excludeRole: ['DomainController'] }, [scene.file('list.txt', ...ids(3))]);
    await expect(never).rejects.toMatchObject({ exitCode: expect.toSatisfy((code: number) => code === 6 || code === 130) });
    expect(scene.api.requestsOf('POST').filter((line) => line.includes('/machines/'))).toEqual([]);
  });
});

describe('packages', () => {
  const collect = async (scene: UseCase): Promise<Ending> => {
    const list = [scene.file('list.txt', ...ids(2))];
    return run(scene, { emulator: false }, list, 'collect');
  };
  const fetchAll = (scene: UseCase, runId?: string, onPackage?: (each: Package) => void): Promise<DownloadedRun> => {
    const settings = scene.settings({ apiUrl: undefined });
    return download({ runId, settings, to: scene.path('packages'), ...(onPackage && { onPackage }) }, scene.tools);
  };

  it('of the newest run of collect are fetched once, each told', async () => {
    const scene = await tenant();
    const { run: collected } = await collect(scene);
    const told: string[] = [];
    const first = await fetchAll(scene, undefined, ({ outcome }) => void told.push(outcome));
    expect(first).toMatchObject({
      run: { id: collected.id },
      halted: undefined,
      packages: [{ outcome: 'downloaded' }, { outcome: 'downloaded' }],
    });
    expect(told).toEqual(['downloaded', 'downloaded']);
    expect(readdirSync(scene.path('packages')).filter((name) => name.endsWith('.zip'))).toHaveLength(2);
    expect(downloadedText(first)).toMatch(new RegExp(`^Packages of ${collected.id}: 2 downloaded\n {2}folder`));
    const again = await fetchAll(scene, collected.id);
    expect(again.packages.map(({ outcome }) => outcome)).toEqual(['already-there', 'already-there']);
    expect(downloadedJson(again, 0)).toMatchObject({ summary: { 'already-there': 2 }, note: null, exitCode: 0 });
  });

  it('that are not ready are left for later', async () => {
    const scene = await tenant({ emulator: { actionMs: [1e9, 1e9] } });
    const { run: collected } = await collect(scene);
    const open = await fetchAll(scene, collected.id);
    expect(open.packages.map(({ outcome }) => outcome)).toEqual(['pending', 'pending']);
    expect(downloadedText(open)).toContain(`go on     cordon download ${collected.id}`);
  });

  it('are none of another job, of an emulated run, or of no run', async () => {
    const scene = await tenant();
    await expect(fetchAll(scene)).rejects.toMatchObject(refused(2, 'no run of collect'));
    await expect(fetchAll(scene, 'r-none')).rejects.toMatchObject(refused(2, 'no run r-none'));
    const { run: other } = await run(scene, {}, [scene.file('list.txt', ...ids(1))]);
    await expect(fetchAll(scene, other.id)).rejects.toMatchObject(refused(2, 'only collect leaves packages'));
    const emulated = await useCase();
    await emulated.state().createRun(aRun({ id: 'emulated-r-1', emulated: true, job: 'collect', tenant: TENANT }), rows(1));
    await expect(fetchAll(emulated, 'emulated-r-1')).rejects.toMatchObject(refused(2, 'its packages are gone'));
  });

  it('are not waited for once somebody stops it', async () => {
    const scene = await tenant({ emulator: { actionMs: [1e9, 1e9] } });
    const { run: collected } = await collect(scene);
    scene.controller.abort();
    const stopped = await fetchAll(scene, collected.id).catch((error: unknown) => error);
    expect(stopped).toMatchObject(
      stopped instanceof Error ? refused(130, 'the packages could not be read: stopped between') : { halted: { code: 130 } },
    );
  });
});
