/** Jobs with flags of their own, lists from the tenant, roles and packages: the real command line against an emulator. */
import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { machineId } from '../support/builders.ts';
import { cordon, scratch, type CliResult } from '../support/cli.ts';
import { startCordon } from '../support/started.ts';

interface Tenant {
  readonly folder: string;
  readonly cordon: (...args: string[]) => Promise<CliResult>;
}

async function tenant(): Promise<Tenant> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
  const sha1 = (n: number): string => `ab${n}`.padEnd(40, '0');
  await writeFile(join(folder.path, 'list.csv'), `DeviceId,sha1,Site\n${[1, 2].map((n) => `${machineId(n)},${sha1(n)},Bonn\n`).join('')}`);
  await writeFile(join(folder.path, 'all.kql'), 'DeviceInfo | project DeviceId, DeviceName, OSPlatform');
  await writeFile(join(folder.path, 'nameless.kql'), 'DeviceInfo | project OSPlatform');
  const started = startCordon(['emulate', 'list.csv', '--action-time', '1ms-5ms'], { cwd: folder.path });
  onTestFinished(async () => {
    started.process.kill('SIGKILL');
    await started.ended;
    await folder.remove();
  });
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await started.printed(/Ctrl-C/))?.[0] ?? '';
  const env = { HOME: folder.path, CORDON_ACCESS_TOKEN: 'any-token' };
  return { folder: folder.path, cordon: (...args) => cordon([...args, '--api-url', url], { cwd: folder.path, env }) };
}

describe('todo.csv', () => {
  it('of a quarantine by a column calls exactly the rows that failed, each with its own file, again and again', async () => {
    using folder = scratch();
    const sha1 = (n: number): string => `ab${n}`.padEnd(40, '0');
    const ids = [1, 2, 3].map(machineId);
    const list = folder.file('list.csv', `DeviceId,sha1,Message\n${ids.map((id, at) => `${id},${sha1(at + 1)},m${at + 1}\n`).join('')}`);
    const run = async (from: string, to: string, blockedBy: readonly string[]): Promise<[string, string | undefined][]> => {
      const emulator = await startEmulator({ machines: ids, blockedBy });
      await using _ = { [Symbol.asyncDispose]: () => emulator.close() };
      const args = ['run', 'quarantine', from, '--comment', 'x', '--yes', '--report', to, '--api-url', emulator.url];
      await cordon(args, { cwd: folder.path, env: { HOME: folder.path, CORDON_ACCESS_TOKEN: 'any-token' } });
      const calls = emulator.actions().filter(({ type }) => type === 'StopAndQuarantineFile');
      return calls.map(({ machineId: id, relatedFileInfo }) => [id, relatedFileInfo?.fileIdentifier]);
    };
    expect(await run(list, 'first', [machineId(2), machineId(3)])).toEqual([[machineId(1), sha1(1)]]);
    expect(await run('first/todo.csv', 'second', [machineId(3)])).toEqual([[machineId(2), sha1(2)]]);
    expect(await run('second/todo.csv', 'third', [])).toEqual([[machineId(3), sha1(3)]]);
    const [header = '', row = ''] = (await readFile(join(folder.path, 'second', 'todo.csv'), 'utf8')).split('\n');
    expect(header.endsWith(',row,sha1,in_Message')).toBe(true);
    expect(row.endsWith(`,${sha1(3)},m3`)).toBe(true);
  });
});

describe('jobs with flags of their own', () => {
  it('send what the flags say, keep it with the run, and let no resume change it', async () => {
    const { folder, cordon: run } = await tenant();
    const isolated = await run('run', 'isolate', 'list.csv', '--isolation-type', 'selective', '--comment', 'x', '--yes', '--json');
    expect(isolated).toMatchObject({ code: 0 });
    const { run: kept, summary } = JSON.parse(isolated.stdout);
    expect(kept.parameters).toEqual({ 'isolation-type': 'selective' });
    expect(summary.outcomes).toEqual({ created: 2 });
    const quarantined = await run('run', 'quarantine', 'list.csv', '--comment', 'x', '--yes', '--report', 'q');
    expect(quarantined).toMatchObject({ code: 0 });
    const [header = '', first = ''] = (await readFile(join(folder, 'q', 'report.csv'), 'utf8')).split('\n');
    expect(header.endsWith('in_sha1,in_Site')).toBe(true);
    expect(first.endsWith(`${'ab1'.padEnd(40, '0')},Bonn`)).toBe(true);
  });

  it('are exit 2 where a flag is missing, unknown or another job’s; nothing is sent', async () => {
    const { cordon: run } = await tenant();
    const scan = await run('run', 'scan', 'list.csv', '--comment', 'x', '--yes');
    expect(scan).toMatchObject({ code: 2, stderr: expect.stringContaining('--scan-type') });
    expect(await run('run', 'isolate', 'list.csv', '--isolation-type', 'Partial', '--comment', 'x', '--yes')).toMatchObject({ code: 2 });
    expect(await run('run', 'restrict', 'list.csv', '--scan-type', 'full', '--comment', 'x', '--yes')).toMatchObject({ code: 2 });
  });

  it('offboard never goes by --yes or --confirm alone, and goes by a plan', async () => {
    const { cordon: run } = await tenant();
    for (const flag of [['--yes'], ['--confirm', '2']])
      expect(await run('run', 'offboard', 'list.csv', '--comment', 'x', ...flag)).toMatchObject({ code: 6 });
    expect(await run('preview', 'offboard', 'list.csv', '--comment', 'x', '--out', 'plan.json')).toMatchObject({ code: 0 });
    expect(await run('run', '--plan', 'plan.json')).toMatchObject({ code: 0 });
  });
});

describe('lists that come from the tenant', () => {
  it('are previewed, run and saved beside the report', async () => {
    const { folder, cordon: run } = await tenant();
    const made = await run('run', 'restrict', '--from', 'query:all.kql', '--comment', 'x', '--yes', '--report', 'r', '--json');
    expect(made).toMatchObject({ code: 0 });
    expect(JSON.parse(made.stdout).summary.outcomes).toEqual({ created: 2 });
    const saved = await readFile(join(folder, 'r', 'targets.csv'), 'utf8');
    for (const n of [1, 2]) expect(saved).toContain(machineId(n));
    const again = await run('preview', 'unrestrict', '--from', `run:${JSON.parse(made.stdout).run.id}:created`, '--json');
    expect(JSON.parse(again.stdout).summary.outcomes).toEqual({ planned: 2 });
  });

  it.each([
    ['query:nameless.kql', 2],
    ['query:none.kql', 2],
    ['tag:none', 2],
    ['run:r-none', 2],
    ['nonsense', 2],
  ])('stop the run before anything is sent: %s', async (source, code) => {
    const { cordon: run } = await tenant();
    expect(await run('run', 'restrict', '--from', source, '--comment', 'x', '--yes')).toMatchObject({ code });
  });

  it('roles fail closed', async () => {
    const { cordon: run } = await tenant();
    const refused = await run('run', 'restrict', 'list.csv', '--exclude-role', 'DomainController', '--comment', 'x', '--yes');
    expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('no machine of the tenant has the role DomainController') });
    expect(
      await run('preview', 'restrict', 'list.csv', '--exclude-role', 'DomainController', '--allow-unmatched-exclusions'),
    ).toMatchObject({ code: 0 });
    expect(await run('preview', 'restrict', 'list.csv', '--exclude-role', 'criticality:0', '--no-api')).toMatchObject({ code: 2 });
  });

  it.each([
    ['says which machines were onboarded restricted', {}, 'restricted security operations (AdvancedResponse)'],
    [
      'is missed where it refuses',
      { hunting: (query: string) => (query.includes('isnotempty') ? { status: 403, code: 'Forbidden', message: 'no' } : undefined) },
      'hunting does not tell which machines were onboarded restricted',
    ],
  ])('hunting, where it names the machines, %s', async (_, options, said) => {
    const fleet = [{ id: machineId(1), restrictedDeviceSecurityOperations: 'AdvancedResponse' }];
    const emulator = await startEmulator({ machines: [machineId(1), machineId(2)], fleet, requireAuth: false, ...options });
    const folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    onTestFinished(async () => {
      await emulator.close();
      await folder.remove();
    });
    await writeFile(join(folder.path, 'list.txt'), `${machineId(1)}\n${machineId(2)}\n`);
    await writeFile(join(folder.path, 'all.kql'), 'DeviceInfo | project DeviceId, DeviceName, OSPlatform');
    const preview = (job: string, ...list: string[]): Promise<CliResult> =>
      cordon(['preview', job, '--json', '--api-url', emulator.url, ...list], {
        cwd: folder.path,
        env: { HOME: folder.path, CORDON_ACCESS_TOKEN: 'any-token' },
      });
    expect(await preview('restrict', '--from', 'query:all.kql')).toMatchObject({ code: 0, stdout: expect.stringContaining(said) });
    expect(await preview('collect', '--from', 'query:all.kql')).toMatchObject({ code: 0, stdout: expect.not.stringContaining(said) });
    // Hunting is a POST, and a preview of a list sends none.
    expect(await preview('restrict', 'list.txt', '--facts')).toMatchObject({ code: 0, stdout: expect.not.stringContaining(said) });
  });

  it('--resolve takes the word newest, or none, and never a list for its word', async () => {
    const { cordon: run } = await tenant();
    for (const resolve of [
      ['--resolve', 'list.csv'],
      ['--resolve', 'newest', 'list.csv'],
      ['list.csv', '--resolve'],
      ['list.csv', '--resolve=newest'],
    ])
      expect(await run('preview', 'restrict', ...resolve, '--json')).toMatchObject({ code: 0 });
  });
});

it('packages are downloaded once, with their sums', async () => {
  const { folder, cordon: run } = await tenant();
  expect(await run('run', 'collect', 'list.csv', '--comment', 'x', '--yes')).toMatchObject({ code: 0 });
  const first = await run('download', '--to', 'packages', '--json');
  expect(first).toMatchObject({ code: 0 });
  expect(JSON.parse(first.stdout).summary).toEqual({ downloaded: 2 });
  const again = await run('download', '--to', 'packages', '--json');
  expect(JSON.parse(again.stdout).summary).toEqual({ 'already-there': 2 });
  expect((await readdir(join(folder, 'packages'))).filter((name) => name.endsWith('.zip'))).toHaveLength(2);
  expect(await run('download')).toMatchObject({ code: 2, stderr: expect.stringContaining('--to is missing') });
});
