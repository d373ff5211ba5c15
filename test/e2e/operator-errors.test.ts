/** What a tired person types does what they meant, or nothing. */
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineId } from '../support/builders.ts';
import { cordon, errorOf, scratch, type CliResult } from '../support/cli.ts';
import { record, type Recorder } from '../support/recorder.ts';

const ids = (count: number, from = 1): string[] => Array.from({ length: count }, (_, i) => machineId(from + i));
const DC = machineId(0xdc01);
const DOMAIN_CONTROLLER = {
  id: DC,
  computerDnsName: 'dc01.corp.example',
  osPlatform: 'WindowsServer2022',
  machineTags: ['Tier 0'],
  rbacGroupName: 'Domain Controllers',
};

describe('an operator’s error', () => {
  let api: Recorder;
  const folder = scratch();
  beforeEach(async () => {
    api = await record({ machines: [...ids(10), DC], unknown: ids(900, 1000), fleet: [DOMAIN_CONTROLLER] });
  });
  afterEach(() => api[Symbol.asyncDispose]());
  afterAll(() => folder[Symbol.dispose]());

  const run = (list: string, ...more: string[]): Promise<CliResult> =>
    cordon(['run', 'restrict', list, '--comment', 'INC-7', '--state', join(folder.path, `${crypto.randomUUID()}.db`), '--yes', ...more], {
      cwd: folder.path,
      env: { CORDON_ACCESS_TOKEN: 'opaque', CORDON_API_URL: api.url },
    });
  const list = (...rows: string[]): string => folder.file('list.txt', rows.join('\n'));
  const called = (): string[] => api.requestsOf('POST').map((line) => line.split('/')[3] ?? '');

  /** One file has all forms that are no exclusion: what is refused on its own is refused here one line after the other. */
  it.each([
    ['dc0*', 2],
    ['dc01?', 2],
    ['CORP\\dc01', 2],
    ['DC01$', 2],
    ['10.0.0.10', 2],
    ['tags:Tier 0', 2],
    ['Tag :Tier 0', 2],
    ['host:dc01', 2],
    [`"${DC}"`, 2],
    [`${DC} ${machineId(1)}`, 2],
    [`${DC};dc02`, 2],
    [DC.slice(2), 2],
    ['DeviceId,DeviceName', 2],
    [machineId(0xdc02), 6],
    ['dc-01.corp.example', 6],
    ['tag:Tier0', 6],
    ['group:DomainControllers', 6],
    ['name:dc01.corp.exmaple', 6],
  ])('in the exclusion of a domain controller, %s, is exit %i and no call', async (line, code) => {
    const result = await run(list(machineId(1), DC), '--exclude', folder.file('never.txt', `${machineId(10)}\n${line}\n`));
    expect(result.code).toBe(code);
    expect(result.stderr).toContain('never.txt:2');
    expect(called()).toEqual([]);
  });

  it.each([
    `${DC} # DC`,
    `${DC.toUpperCase()}#DC`,
    '  DC01.CORP.EXAMPLE. ',
    'dc01',
    'name:DC*',
    'tag: tier 0',
    'GROUP:domain controllers # all of them',
    'os:WindowsServer*',
  ])('is none in %s: it spares the domain controller', async (line) => {
    const result = await run(list(machineId(1), DC), '--exclude', folder.file('never.txt', `${line}\n`));
    expect(result.code).toBe(0);
    expect(called()).toEqual([machineId(1)]);
  });

  it('on the command line counts as one in a file', async () => {
    expect(await run(list(DC), '--exclude-machine', 'dc0*')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--exclude-machine:1: .*Write name:dc0\*/s),
    });
    expect((await run(list(machineId(1), DC), '--exclude-machine', 'name:dc0*')).code).toBe(0);
    expect(called()).toEqual([machineId(1)]);
  });

  it('is nobody’s for ever: a machine whose action stays open night after night is exit 3', async () => {
    await api[Symbol.asyncDispose]();
    api = await record({ machines: ids(2), offline: [machineId(1)] });
    expect((await run(list(machineId(1)))).code).toBe(0);
    expect((await run(list(machineId(1)), '--fail-on', 'open-longer-than=10d')).code).toBe(0);
    expect((await run(list(machineId(1)), '--fail-on', 'open-longer-than=1ms')).code).toBe(3);
    expect(called()).toEqual([machineId(1)]);
  });

  it('in the list’s own names takes no exclusion away', async () => {
    const named = folder.file('named.csv', `DeviceId,DeviceName\n${DC},pc-17\n${machineId(1)},dc01\n`);
    expect((await run(named, '--exclude-machine', 'dc01')).code).toBe(0);
    expect(called()).toEqual([]);
  });

  it.each([
    ['tag:Tier 0', { machineTags: ['x', null] }],
    ['tag:Tier 0', { machineTags: 'Tier 1' }],
    ['group:Domain Controllers', { rbacGroupName: { name: 'x' }, rbacGroupId: 7 }],
    ['dc01', { computerDnsName: '' }],
    ['os:WindowsServer*', { osPlatform: null }],
  ])('is none, but exit 6, where a record does not tell whether %s is meant: %o', async (entry, more) => {
    await api[Symbol.asyncDispose]();
    api = await record({ machines: [DC], fleet: [DOMAIN_CONTROLLER, { id: machineId(1), ...more }] });
    expect(await run(list(machineId(1), DC), '--exclude-machine', entry)).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('the exclusions cannot be judged for 1 of the machines'),
    });
    expect(called()).toEqual([]);
  });

  it('of an empty exclusion file is exit 6', async () => {
    expect(await run(list(DC), '--exclude', folder.file('never.txt', '# to be filled in\n'))).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('exclusion files without an entry'),
    });
    expect(called()).toEqual([]);
  });

  it.each([
    ['of another tenant', ids(20, 1000), ['--facts']],
    ['of the wrong column', ['pc1', 'pc2', 'pc3', 'pc4'], []],
    ['that is longer than anybody meant', ids(10), ['--max-targets', '9']],
    ['of another number than was confirmed', ids(10), ['--confirm', '9']],
    ['that would be too much for one day', ids(10), ['--cap', '9/24h']],
  ])('in a list %s is exit 6 and no call', async (_, rows, more) => {
    expect((await run(list(...rows), ...more)).code).toBe(6);
    expect(called()).toEqual([]);
  });

  const env = (): NodeJS.ProcessEnv => ({ CORDON_ACCESS_TOKEN: 'opaque', CORDON_API_URL: api.url });

  it.each([
    ['CORDON_EXCLUDES', 'never.txt', 'Did you mean CORDON_EXCLUDE?'],
    ['CORDON_MAX_TARGET', '5', 'Did you mean CORDON_MAX_TARGETS?'],
    ['CORDON_COMENT', 'x', 'Did you mean CORDON_COMMENT?'],
    ['CORDON_YES', 'true', ''],
  ])('in the name of a variable, %s, is exit 2 and no call', async (name, value, hint) => {
    const result = await cordon(['run', 'restrict', list(DC), '--comment', 'x', '--yes'], {
      cwd: folder.path,
      env: { ...env(), [name]: value },
    });
    expect(result.code).toBe(2);
    expect(errorOf(result).error).toContain(name);
    expect(errorOf(result).hint).toContain(hint);
    expect(api.requests).toEqual([]);
  });

  it('of going on with a run of last week is exit 7 and no more calls', async () => {
    const state = join(folder.path, `${crypto.randomUUID()}.db`);
    const flags = ['--comment', 'x', '--yes', '--state', state, '--max-duration', '1ms'];
    expect((await cordon(['run', 'restrict', list(...ids(10)), ...flags], { cwd: folder.path, env: env() })).code).toBe(5);
    const before = called().length;
    const db = new DatabaseSync(state);
    db.prepare('UPDATE run SET created_at = created_at - ?').run(7 * 86_400_000);
    db.close();
    const resumed = await cordon(['resume', '--state', state], { cwd: folder.path, env: env() });
    expect(resumed.code).toBe(7);
    expect(errorOf(resumed)).toEqual({
      error: expect.stringMatching(/^run r-\S+ is 7d old/),
      hint: expect.stringContaining('preview the list again'),
    });
    expect(called()).toHaveLength(before);
  });

  it('of a stale list calls only what is still there to be called', async () => {
    await api[Symbol.asyncDispose]();
    const [gone, off, merged] = [machineId(900), machineId(8), machineId(9)];
    api = await record({
      machines: ids(10),
      unknown: [gone],
      fleet: [
        { id: off, onboardingStatus: 'CanBeOnboarded' },
        { id: merged, mergedIntoMachineId: machineId(1) },
      ],
    });
    expect((await run(list(...ids(9), gone))).code).toBe(3);
    expect(called()).toEqual(ids(7));
  });

  it('in the name of the file that a plan is saved in never writes over what is read', async () => {
    const [machines, spared] = [list(machineId(1)), folder.file('never.txt', `${DC}\n`)];
    symlinkSync(machines, join(folder.path, 'link.json'));
    for (const out of [machines, spared, './list.txt', 'link.json']) {
      const args = ['preview', 'restrict', machines, '--exclude', spared, '--out', out];
      const result = await cordon(args, { cwd: folder.path, env: env() });
      expect(result.code).toBe(2);
      expect(errorOf(result).error).toContain('would write over');
    }
    expect([readFileSync(machines, 'utf8'), readFileSync(spared, 'utf8')]).toEqual([machineId(1), `${DC}\n`]);
  });
});
