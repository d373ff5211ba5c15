/** From accepted to contained and back, with the real program in processes of its own. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { machineId } from '../support/builders.ts';
import { cordon, readReport, scratch, type CliOptions, type CliResult } from '../support/cli.ts';
import { startCordon, type Started } from '../support/started.ts';

const ids = (count: number, from = 1): string[] => Array.from({ length: count }, (_, i) => machineId(from + i));
const FAST = { rate: [{ limit: 1000, ms: 1000 }], actionMs: [1, 5] } as const satisfies Partial<EmulatorOptions>;

describe('after a run was accepted', () => {
  let emulator: RunningEmulator;
  afterEach(async () => {
    await emulator.close();
  });
  const emulate = async (options: Partial<EmulatorOptions>): Promise<void> => {
    emulator = await startEmulator({ ...FAST, ...options });
  };
  const env = (folder: string): NodeJS.ProcessEnv => ({
    CORDON_ACCESS_TOKEN: 'opaque-token',
    CORDON_API_URL: emulator.url,
    CORDON_RATE: '1000/1s,100000/1h',
    CORDON_STATE: join(folder, 'state.db'),
    CORDON_REPORT: join(folder, 'report'),
    CORDON_READ_LAG: '1s',
  });
  const call = (folder: string, args: readonly string[], more: CliOptions = {}): Promise<CliResult> =>
    cordon(args, { cwd: folder, env: env(folder), ...more });
  const restrict = (list: string, ...more: string[]): string[] => [
    'run',
    'restrict',
    list,
    '--comment',
    'INC-7',
    '--yes',
    '--json',
    ...more,
  ];
  const runIdIn = ({ stdout }: CliResult): string => {
    const { run }: { run: { id: string } } = JSON.parse(stdout);
    return run.id;
  };
  const released = (): string[] =>
    emulator
      .actions()
      .filter(({ type }) => type === 'UnrestrictCodeExecution')
      .map((action) => action.machineId)
      .sort();
  /** Until so many actions were asked for. */
  const reached = async (actions: number): Promise<void> => {
    while (emulator.actions().length < actions) await new Promise((resolve) => void setTimeout(resolve, 5));
  };

  it('waits for the actions’ ends, tells which did not come, and takes exactly its own back', async () => {
    using folder = scratch();
    await emulate({ machines: ids(40), offline: ids(4, 30), failing: [machineId(40)], inProgress: ids(4), speed: 60 });
    const list = folder.file('list.txt', ids(40).join('\n'));
    const waited = await call(folder.path, restrict(list, '--wait', '--timeout', '1s'));
    expect(waited.code).toBe(3);
    const run = runIdIn(waited);
    const rows = readReport(join(folder.path, 'report'));
    const actions = new Map(emulator.actions().map((action) => [action.id, action]));
    for (const row of rows) expect(row['action_status']).toBe(actions.get(row['action_id'] ?? '')?.status);
    expect(rows.filter(({ action_status: status }) => status === 'Succeeded')).toHaveLength(31);
    expect(rows.filter(({ last_seen: seen }) => seen !== '').length).toBeGreaterThanOrEqual(4);

    const followed = await call(folder.path, ['follow', run, '--timeout', '10ms']);
    expect(followed.code).toBe(3);
    expect(followed.stdout).toMatch(/31 confirmed · 8 pending .* 1 failed/);
    expect(followed.stdout).toContain(`Next:  cordon follow ${run}`);

    const status = await call(folder.path, ['status', run]);
    expect(status.stdout).toMatch(/31 confirmed · 8 pending .*· 1 failed/);
    const idsOf = async (...args: string[]) => (await call(folder.path, ['status', ...args, '--format', 'ids'])).stdout.trim().split('\n');
    expect(await idsOf(run, '--only', 'pending')).toEqual([...ids(4), ...ids(4, 30)]);
    expect(await idsOf('restrict', list, '--only', 'ended')).toEqual([machineId(40)]);

    const preview = await call(folder.path, ['undo', run, '--dry-run']);
    expect(preview.code).toBe(0);
    expect(released()).toEqual([]);
    expect((await call(folder.path, ['undo', run])).code).toBe(6);
    const undone = await call(folder.path, ['undo', run, '--confirm', '35', '--json']);
    expect(undone.code).toBe(0);
    expect(released()).toEqual(
      ids(40)
        .slice(4)
        .filter((id) => ![...ids(4, 30), machineId(40)].includes(id)),
    );
    const cancelled = emulator.actions().filter((action) => action.status === 'Cancelled');
    expect(cancelled.map((action) => action.machineId).sort()).toEqual(ids(4, 30));
    const runs = await call(folder.path, ['runs']);
    expect(runs.stdout).toContain(`unrestrict (undo of ${run})`);
    expect(runs.stdout).toContain(`cancel of ${run}`);
    const again = await call(folder.path, ['undo', runIdIn(undone), '--yes']);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining(`it is the undo of ${run}`) });
  });

  it('an undo that is killed goes on when it is asked for again: none released twice, none left', async () => {
    using folder = scratch();
    await emulate({ machines: ids(200), latencyMs: [5, 15] });
    const list = folder.file('list.txt', ids(200).join('\n'));
    const run = runIdIn(await call(folder.path, restrict(list, '--wait')));
    const undo = ['undo', run, '--yes', '--concurrency', '2', '--json'];
    const killed = await call(folder.path, undo, { onStart: (child) => void reached(230).then(() => child.kill('SIGKILL')) });
    expect(killed.signal).toBe('SIGKILL');
    expect(released().length).toBeLessThan(200);
    expect((await call(folder.path, undo)).code).toBe(0);
    expect(released()).toEqual(ids(200));
  });

  it('a follow that is killed ends the same when it is asked for again', async () => {
    using folder = scratch();
    await emulate({ machines: ids(20), offline: [machineId(3)], actionMs: [300, 600] });
    const run = runIdIn(await call(folder.path, restrict(folder.file('list.txt', ids(20).join('\n')))));
    const killed = await call(folder.path, ['follow', run], {
      onStart: (child) => setTimeout(() => child.kill('SIGKILL'), 1500),
    });
    expect(killed.signal).toBe('SIGKILL');
    const ended = await call(folder.path, ['follow', run, '--timeout', '1s', '--json']);
    expect(ended.code).toBe(4);
    expect(JSON.parse(ended.stdout)).toMatchObject({ standings: { confirmed: 19, pending: 1, failed: 0 } });
  });

  it('stops a run within two seconds, from another terminal, while it waits for its quota', async () => {
    using folder = scratch();
    await emulate({ machines: ids(30), rate: [{ limit: 10, ms: 60_000 }] });
    const list = folder.file('list.txt', ids(30).join('\n'));
    const working: Started = startCordon(restrict(list, '--rate', '10/1m,1500/1h'), { cwd: folder.path, env: env(folder.path) });
    await reached(10);
    const { stdout: runs } = await call(folder.path, ['runs', '--json']);
    const { runs: known }: { runs: { id: string }[] } = JSON.parse(runs);
    const id = known[0]?.id ?? '';
    const following = call(folder.path, ['follow', id, '--json', '--timeout', '100ms']);
    expect(JSON.parse((await following).stdout)).toMatchObject({ run: { id }, unsettled: 20 });
    const stopped = await call(folder.path, ['stop', id]);
    expect(stopped).toMatchObject({ code: 0, stdout: expect.stringContaining('stopped (10 created, 20 not-sent)') });
    expect((await working.ended).code).toBe(5);
    expect(emulator.actions()).toHaveLength(10);
    const idle = await call(folder.path, ['stop', id]);
    expect(idle.stdout).toContain('no process works on it');
  });
});
