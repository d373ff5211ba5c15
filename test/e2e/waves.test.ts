import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { SqliteState } from '../../src/state/sqlite.ts';
import { machineId } from '../support/builders.ts';
import { cordon, outcomesOf, readReport, scratch, type CliOptions, type CliResult } from '../support/cli.ts';
import { startCordon } from '../support/started.ts';

const COUNT = 40;
const MACHINES = Array.from({ length: COUNT }, (_, i) => machineId(i + 1));
const LIST = MACHINES.join('\n');
const posts = (emulator: RunningEmulator): number => emulator.stats().apis.reduce((sum, api) => sum + api.posts, 0);

describe('a run in waves', () => {
  let emulator: RunningEmulator | undefined;
  afterEach(async () => {
    await emulator?.close();
    emulator = undefined;
  });
  const emulate = async (options: Partial<EmulatorOptions> = {}): Promise<RunningEmulator> => {
    emulator = await startEmulator({ actionMs: [100, 200], machines: MACHINES, ...options });
    return emulator;
  };
  const optionsIn = (folder: string): CliOptions => ({
    cwd: folder,
    env: {
      CORDON_ACCESS_TOKEN: 'opaque-token',
      CORDON_API_URL: emulator?.url,
      CORDON_STATE: join(folder, 'state.db'),
      CORDON_REPORT: join(folder, 'report'),
      CORDON_READ_LAG: '1s',
    },
  });
  const args = (list: string, ...more: string[]): string[] => ['run', 'restrict', list, '--comment', 'INC-7', ...more];
  const run = (folder: string, list: string, ...more: string[]): Promise<CliResult> => cordon(args(list, ...more), optionsIn(folder));
  const runIdIn = async (folder: string): Promise<string> => {
    const state = new SqliteState(join(folder, 'state.db'), { emulated: undefined });
    const [run] = await state.runs();
    await state.close();
    return run?.id ?? '';
  };

  it('goes out wave after wave when all goes well', async () => {
    using folder = scratch();
    const there = await emulate();
    const result = await run(folder.path, folder.file('list.txt', LIST), '--waves', '1,10,50%,100%', '--yes');
    expect(result.code).toBe(0);
    expect(result.stderr.match(/"event":"wave.ended"/g)).toHaveLength(3);
    expect(outcomesOf(readReport(join(folder.path, 'report')))).toEqual({ created: COUNT });
    expect(new Set(there.actions().map(({ machineId: id }) => id)).size).toBe(COUNT);
  });

  it('sends one POST in all where the first wave fails, and ends with 9; resumed it looks at the same wave again', async () => {
    using folder = scratch();
    const there = await emulate({ failing: [machineId(1)] });
    const result = await run(folder.path, folder.file('list.txt', LIST), '--waves', '1,10,100%', '--yes');
    expect(result).toMatchObject({ code: 9 });
    expect(result.stdout).toContain('stopped after wave 1 of 3: 1 called, 0 confirmed, 0 still open, 1 went wrong; --max-errors is 10%');
    expect(posts(there)).toBe(1);
    const rows = readReport(join(folder.path, 'report'));
    expect(rows[0]).toMatchObject({ outcome: 'created', action_status: 'Failed' });
    expect(outcomesOf(rows)).toEqual({ created: 1, 'not-sent': COUNT - 1 });
    expect((await cordon(['resume', await runIdIn(folder.path)], optionsIn(folder.path))).code).toBe(9);
    expect(posts(there)).toBe(1);
    expect((await cordon(['resume', await runIdIn(folder.path), '--max-errors', '100%'], optionsIn(folder.path))).code).toBe(0);
    expect(posts(there)).toBe(COUNT);
  });

  it('does not take an offline machine for a failure, and waits for it no longer than it was told to', async () => {
    using folder = scratch();
    const there = await emulate({ offline: [machineId(1)] });
    const result = await run(folder.path, folder.file('list.txt', LIST), '--waves', '1,100%', '--wave-wait', '1s', '--yes');
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('1 called, 0 confirmed, 1 still open, 0 went wrong');
    expect(posts(there)).toBe(COUNT);
  });

  it('stops before the second wave where nobody can be asked', async () => {
    using folder = scratch();
    const there = await emulate();
    const plan = join(folder.path, 'plan.json');
    await cordon(['preview', 'restrict', folder.file('list.txt', LIST), '--comment', 'INC-7', '--out', plan], optionsIn(folder.path));
    const result = await cordon(['run', '--plan', plan, '--waves', '2,100%'], optionsIn(folder.path));
    expect(result).toMatchObject({ code: 9 });
    expect(result.stdout).toContain('there is no terminal to ask on');
    expect(posts(there)).toBe(2);
    expect((await cordon(['resume', '--yes'], optionsIn(folder.path))).code).toBe(0);
    expect(posts(there)).toBe(COUNT);
  });

  it('killed in wave two goes on with the same wave, and calls no machine twice', async () => {
    using folder = scratch();
    const there = await emulate({ latencyMs: [150, 150] });
    const slow = ['--waves', '1,30,100%', '--concurrency', '2', '--yes', '--log-level', 'debug'];
    const started = startCordon(args(folder.file('list.txt', LIST), ...slow), optionsIn(folder.path));
    await started.printed(/(event":"call.settled"[^]*){6}/);
    started.process.kill('SIGKILL');
    expect((await started.ended).signal).toBe('SIGKILL');
    const sent = posts(there);
    expect(sent).toBeGreaterThan(1);
    expect(sent).toBeLessThan(30);
    const resumed = await cordon(['resume', '--read-lag', '1s', '--attempt-timeout', '2s'], optionsIn(folder.path));
    expect(resumed.code).toBe(0);
    expect(resumed.stderr.match(/"event":"wave.ended"[^\n]*"wave":\d/g)?.map((line) => line.at(-1))).toEqual(['2']);
    expect(there.actions()).toHaveLength(COUNT);
    expect(new Set(there.actions().map(({ machineId: id }) => id)).size).toBe(COUNT);
  });

  it('is refused where the last wave is not all, or the run that is resumed went out all at once', async () => {
    using folder = scratch();
    const there = await emulate();
    const list = folder.file('list.txt', LIST);
    expect((await run(folder.path, list, '--waves', '1,10', '--yes')).stderr).toContain('the last wave is 100%');
    expect((await run(folder.path, list, '--yes', '--max-duration', '0s')).code).toBe(5);
    expect((await cordon(['resume', '--waves', '1,100%'], optionsIn(folder.path))).code).toBe(2);
    expect(posts(there)).toBeLessThan(COUNT);
  });

  it('calls live machines first where that is asked for, also when killed and resumed', async () => {
    using folder = scratch();
    const offline = MACHINES.filter((_, i) => i % 4 !== 3);
    const there = await emulate({ offline, latencyMs: [100, 100] });
    const inOrder = ['--order', 'active-first', '--concurrency', '1', '--yes', '--log-level', 'debug'];
    const started = startCordon(args(folder.file('list.txt', LIST), ...inOrder), optionsIn(folder.path));
    await started.printed(/(event":"call.settled"[^]*){4}/);
    started.process.kill('SIGKILL');
    await started.ended;
    expect((await cordon(['resume', '--attempt-timeout', '2s'], optionsIn(folder.path))).code).toBe(0);
    const called = there.actions().map(({ machineId: id }) => id);
    expect(called).toHaveLength(COUNT);
    expect(called.slice(0, 10).toSorted()).toEqual(MACHINES.filter((id) => !offline.includes(id)).toSorted());
    expect(readReport(join(folder.path, 'report')).map((row) => row['machine_id'])).toEqual(MACHINES);
  });
});
