/** From accepted to contained and back, with the real program in processes of its own. */
import { readFileSync } from 'node:fs';
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

  it('a release that somebody’s isolation outlasts is no success: the run’s own report says so', async () => {
    using folder = scratch();
    // The second machine answers late, so that the run still waits when the foreign isolation of the first one has ended.
    const late = { offline: [machineId(2)], offlineForMs: [10_000, 10_000] } as const;
    await emulate({ ...late, machines: ids(3), actionMsOf: { Unisolate: [2000, 2000], Isolate: [3000, 3000] } });
    const list = folder.file('list.txt', ids(3).join('\n'));
    const waiting = call(folder.path, ['run', 'unisolate', list, '--comment', 'INC-7', '--yes', '--wait', '--timeout', '60s']);
    // The plan has read that nothing is open: only now does a colleague isolate one of these machines.
    await reached(3);
    const colleague = { authorization: 'Bearer other', 'content-type': 'application/json' };
    const byHand = async (segment: string): Promise<void> => {
      const body = JSON.stringify({ Comment: 'by hand', ...(segment === 'isolate' && { IsolationType: 'Full' }) });
      const answer = await fetch(`${emulator.url}/api/machines/${machineId(1)}/${segment}`, { method: 'POST', headers: colleague, body });
      expect(answer.status).toBe(201);
    };
    await byHand('isolate');
    const { code, stdout } = await waiting;
    expect(emulator.actions().map(({ status }) => status)).toEqual(Array(4).fill('Succeeded'));
    expect(code).toBe(3);
    expect(stdout).toContain('1 overtaken: an opposite action had the last word');
    expect(stdout).toMatch(/cordon status r-\S+ +shows how 1 stand where an opposite action had, or may have, the last word/);
    const rows = readReport(join(folder.path, 'report'));
    expect(rows.map((row) => row['action_status'])).toEqual(Array(3).fill('Succeeded'));
    expect(rows.map((row) => row['opposed'])).toEqual([
      expect.stringMatching(
        /^overtaken: an Isolate action of .* Succeeded after this one, at .*: by the record the isolation was applied$/,
      ),
      '',
      '',
    ]);
    const json: { run: { id: string }; summary: object } = JSON.parse(readFileSync(join(folder.path, 'report', 'report.json'), 'utf8'));
    expect(json.summary).toMatchObject({ opposed: { overtaken: 1 } });
    const todo = readFileSync(join(folder.path, 'report', 'todo.csv'), 'utf8');
    expect(todo).toContain(machineId(1));
    expect(todo).not.toContain(machineId(2));

    const { id } = json.run;
    const followed = await call(folder.path, ['follow', id]);
    expect(followed.code).toBe(3);
    expect(followed.stdout).toContain(
      `1 overtaken by opposite actions (report.csv says by whose); how the machines stand:  cordon status ${id}`,
    );
    // Whoever has the last word now is of our mind.
    await byHand('unisolate');
    while (emulator.actions().some(({ status }) => status !== 'Succeeded')) await new Promise((resolve) => void setTimeout(resolve, 20));
    expect((await call(folder.path, ['follow', id])).code).toBe(0);
    expect(readReport(join(folder.path, 'report')).map((row) => row['opposed'])).toEqual(['', '', '']);
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
