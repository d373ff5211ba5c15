import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { machineId } from '../support/builders.ts';
import { cordon, outcomesOf, readReport, scratch, type CliResult } from '../support/cli.ts';
import { record, type Instead, type Recorder } from '../support/recorder.ts';

const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => machineId(i + 1));

describe('cordon preview', () => {
  let api: Recorder;
  afterEach(() => api[Symbol.asyncDispose]());

  const start = async (options: Partial<EmulatorOptions> = {}, instead?: Instead): Promise<void> => {
    api = await record({ machines: ids(50), ...options }, instead);
  };
  const preview = (list: string, folder: string, more: readonly string[] = [], command = 'preview'): Promise<CliResult> =>
    cordon([command, 'restrict', list, '--state', join(folder, 'state.db'), ...more], {
      cwd: folder,
      env: { CORDON_ACCESS_TOKEN: 'opaque', CORDON_API_URL: api.url },
    });
  const json = async (...args: Parameters<typeof preview>) => {
    const [list, folder, more = [], command] = args;
    const result = await preview(list, folder, [...more, '--json'], command);
    return { ...result, json: JSON.parse(result.stdout) };
  };

  it('of 3000 machines takes at most five GETs and not one POST', async () => {
    await start({ machines: ids(3000) });
    using folder = scratch();
    const { code, json: shown } = await json(folder.file('list.txt', ids(3000).join('\n')), folder.path, ['--max-targets', '3000']);
    expect(code).toBe(0);
    expect(shown.summary).toMatchObject({ rows: 3000, calls: 3000, outcomes: { planned: 3000 } });
    expect(api.requestsOf('POST')).toEqual([]);
    expect(api.requestsOf('GET')).toHaveLength(api.requests.length);
    expect(api.requests.length).toBeLessThanOrEqual(5);
  });

  it('says of every row what would become of it, by whom and since when', async () => {
    const [, , , mac, off, merged, server, silent, twin, odd] = ids(10);
    await start({
      unknown: [machineId(50)],
      inProgress: [machineId(2)],
      fleet: [
        { id: mac, osPlatform: 'macOS' },
        { id: off, onboardingStatus: 'CanBeOnboarded' },
        { id: merged, mergedIntoMachineId: machineId(1) },
        { id: server, osPlatform: 'WindowsServer2019', osBuild: 14_393 },
        { id: silent, healthStatus: 'Inactive', lastSeen: new Date(Date.now() - 12 * 86_400_000).toISOString() },
        { id: twin, computerDnsName: 'twin.example' },
        { id: odd, computerDnsName: 'Twin.example', isPotentialDuplication: true },
      ],
    });
    using folder = scratch();
    const list = folder.file('list.txt', [...ids(10), machineId(50), machineId(1), 'web01'].join('\n'));
    await preview(folder.file('first.txt', machineId(3)), folder.path, ['--yes', '--comment', 'x'], 'run');
    const { json: shown } = await json(list, folder.path);
    const rows = shown.rows.map(({ outcome, message }: Record<string, string | null>) => [outcome, message ?? '']);
    expect(rows.map(([outcome]: [string]) => outcome)).toEqual([
      'planned',
      'planned',
      'already-in-progress',
      'ineligible',
      'ineligible',
      'ineligible',
      'planned',
      'planned',
      'planned',
      'planned',
      'invalid',
      'duplicate',
      'invalid',
    ]);
    expect(rows[2][1]).toMatch(/^open action since 20\d\d-.*Z by /);
    expect(rows[6][1]).toBe('server (WindowsServer2019); old build 14393');
    expect(rows[7][1]).toBe('Inactive for 12 days: would wait up to three days, then time out');
    expect(rows[8][1]).toContain(`another record has the same DNS name: ${odd} (Twin.example, Active, Onboarded, last seen`);
    expect(rows[9][1]).toContain('possible duplicate record');
    expect(rows[10][1]).toBe('unknown machine: the tenant has no such id');
    expect(shown.summary.platforms).toMatchObject({ WindowsServer2019: 1 });
  });

  it('knows what is in force already from the newest action that succeeded', async () => {
    await start({ actionMs: [0, 0] });
    using folder = scratch();
    const list = folder.file('list.txt', ids(2).join('\n'));
    await preview(list, folder.path, ['--yes', '--comment', 'x'], 'run');
    await cordon(['run', 'unrestrict', folder.file('undo.txt', machineId(2)), '--comment', 'y', '--yes'], {
      cwd: folder.path,
      env: { CORDON_ACCESS_TOKEN: 'opaque', CORDON_API_URL: api.url, XDG_STATE_HOME: folder.path },
    });
    const { json: shown } = await json(list, folder.path);
    expect(shown.rows.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['already-applied', 'planned']);
    expect(shown.rows[0].message).toMatch(/^in force since .* by /);
    const again = await json(list, folder.path, ['--again']);
    expect(again.json.summary.outcomes).toEqual({ planned: 2 });
  });

  it('creates no run, and records its reads so that the quota holds', async () => {
    await start();
    using folder = scratch();
    await preview(folder.file('list.txt', machineId(1)), folder.path);
    const db = new DatabaseSync(join(folder.path, 'state.db'));
    expect(db.prepare('SELECT count(*) AS n FROM run').get()).toEqual({ n: 0 });
    expect(db.prepare('SELECT count(*) AS n FROM attempt WHERE run_n IS NULL').get()).toEqual({ n: api.requests.length });
    db.close();
  });

  it('tells the time from the quota that is left', async () => {
    await start({ rate: [{ limit: 100, ms: 1000 }] });
    using folder = scratch();
    await preview(folder.file('first.txt', ids(30).join('\n')), folder.path, ['--yes', '--comment', 'x'], 'run');
    const { json: shown } = await json(folder.file('list.txt', ids(100).join('\n')), folder.path, [
      '--no-api',
      '--tenant',
      '',
      '--client-id',
      '',
    ]);
    expect(shown.eta).toMatchObject({ now: 100 });
    const online = await json(folder.file('list.txt', ids(50).join('\n')), folder.path, ['--again']);
    expect(online.json.quota).toMatchObject([
      { limit: 100, left: 70 },
      { limit: 1500, left: 1470 },
    ]);
  });

  it('makes no connection at all with --no-api, and needs no credentials for it', async () => {
    await start();
    using folder = scratch();
    const list = folder.file('list.csv', `DeviceId,DeviceName\n${machineId(1)},pc1.corp\n${machineId(2)},pc2.corp\nnonsense,x\n`);
    const args = ['preview', 'restrict', list, '--no-api', '--exclude', folder.file('spare.txt', machineId(2))];
    const result = await cordon(args, { cwd: folder.path, env: { CORDON_API_URL: api.url } });
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/1 {2}planned/);
    expect(result.stdout).toContain(`excluded by "${machineId(2)}"`);
    expect(api.requests).toEqual([]);
  });

  it('asks for --no-api when there are no credentials', async () => {
    await start();
    using folder = scratch();
    const result = await cordon(['preview', 'restrict', folder.file('list.txt', machineId(1))], {
      cwd: folder.path,
      env: { CORDON_API_URL: api.url },
    });
    expect(result.code).toBe(8);
    expect(result.stderr).toContain('--no-api');
  });

  it('walks the list where the server refuses filters, and pages where it gives short ones', async () => {
    await start({ pageSize: 20 }, (_, url) =>
      /filter/.test(url) ? { status: 400, body: { error: { code: 'ODataError', message: 'no filters here' } } } : undefined,
    );
    using folder = scratch();
    const { code, json: shown } = await json(folder.file('list.txt', [...ids(50), machineId(99)].join('\n')), folder.path);
    expect(code).toBe(0);
    expect(shown.summary.outcomes).toEqual({ invalid: 1, planned: 50 });
  });

  it('asks once more for machines that the list stepped over', async () => {
    const hidden = machineId(400);
    await start({ machines: ids(400) }, (_, url) => {
      if (!url.startsWith('/api/machines?$top')) return undefined;
      return {
        status: 200,
        body: {
          value: url.includes('$skip=0')
            ? ids(399).map((id) => ({ id, osPlatform: 'Windows11', onboardingStatus: 'Onboarded', healthStatus: 'Active' }))
            : [],
        },
      };
    });
    using folder = scratch();
    const { json: shown } = await json(folder.file('list.txt', ids(400).join('\n')), folder.path);
    expect(shown.summary.outcomes).toEqual({ planned: 400 });
    expect(api.requests.filter((line) => line.includes(hidden))).toHaveLength(1);
  });

  it('looks names up with --resolve, and never guesses', async () => {
    await start({
      machines: [],
      fleet: [
        { id: machineId(1), computerDnsName: 'web01.corp.example' },
        { id: machineId(2), computerDnsName: 'db.corp.example', healthStatus: 'Inactive' },
        { id: machineId(3), computerDnsName: 'DB.corp.example' },
        { id: machineId(4), computerDnsName: 'two.corp.example' },
        { id: machineId(5), computerDnsName: 'two.corp.example' },
        { id: machineId(6), computerDnsName: 'entra.corp.example', aadDeviceId: '0f8fad5b-d9cb-469f-a165-708677289500' },
      ],
    });
    using folder = scratch();
    const list = folder.file(
      'list.csv',
      'HostName\nWEB01\ndb.corp.example.\ntwo.corp.example\n0F8FAD5B-d9cb-469f-a165-708677289500\nweb01.corp.example\nghost\n',
    );
    const { json: shown } = await json(list, folder.path, ['--resolve']);
    expect(shown.rows.map(({ outcome, machineId: id }: Record<string, string>) => [outcome, id])).toEqual([
      ['planned', machineId(1)],
      ['planned', machineId(3)],
      ['invalid', 'two.corp.example'],
      ['planned', machineId(6)],
      ['duplicate', machineId(1)],
      ['invalid', 'ghost'],
    ]);
    expect(shown.rows[1].message).toContain(`other records: ${machineId(2)} (db.corp.example, Inactive`);
    expect(shown.rows[2].message).toContain(machineId(4));
    expect(shown.rows[2].message).toContain(machineId(5));
  });

  it('groups rows by their reason, ends with the counts and the next command, and shows every row with --all', async () => {
    await start();
    using folder = scratch();
    const list = folder.file('list.txt', [...ids(40), '\u001B[31mred'].join('\n'));
    const some = await preview(list, folder.path);
    expect(some.stdout).toMatch(
      /By reason:[^]*1 {2}invalid, .*: \[31mred\n[^]*40 {2}planned[^]*systems {3}\d+ Windows1[^]*guards {4}nothing stands against it\n/,
    );
    expect(some.stdout).toMatch(/Next:\n {2}cordon run restrict \S+list\.txt --state \S+ --comment "WHY" --confirm 40\n$/);
    expect(some.stdout).not.toContain('\u001B');
    const all = await preview(list, folder.path, ['--all']);
    expect(all.stdout.split('\n').filter((line) => /^ {2}\d+ +planned {2}/.test(line))).toHaveLength(40);
  });

  it('writes the same report files as a run', async () => {
    await start();
    using folder = scratch();
    const result = await json(folder.file('list.txt', [...ids(3), 'x'].join('\n')), folder.path, ['--report', 'fixed']);
    expect(outcomesOf(readReport(join(folder.path, 'fixed')))).toEqual({ planned: 3, invalid: 1 });
    const report = JSON.parse(readFileSync(join(folder.path, 'fixed', 'report.json'), 'utf8'));
    expect(report.rows.map((row: object) => ({ ...row, runId: '' }))).toEqual(
      result.json.rows.map((row: object) => ({ ...row, runId: '' })),
    );
    expect(report.run.id).toMatch(/^preview-/);
  });

  it('exits 20 with --detailed-exitcode when there is work to do, and 0 when there is none', async () => {
    await start();
    using folder = scratch();
    expect((await preview(folder.file('list.txt', machineId(1)), folder.path, ['--detailed-exitcode'])).code).toBe(20);
    expect((await preview(folder.file('none.txt', machineId(99)), folder.path, ['--detailed-exitcode'])).code).toBe(0);
  });

  it('is what run --dry-run does', async () => {
    await start();
    using folder = scratch();
    const { code, json: shown } = await json(
      folder.file('list.txt', ids(5).join('\n')),
      folder.path,
      ['--dry-run', '--comment', 'x'],
      'run',
    );
    expect(code).toBe(0);
    expect(shown.summary.outcomes).toEqual({ planned: 5 });
    expect(api.requestsOf('POST')).toEqual([]);
    expect(existsSync(join(folder.path, 'reports'))).toBe(false);
  });
});
