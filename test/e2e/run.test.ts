import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, existsSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { SqliteState } from '../../src/state/sqlite.ts';
import { aRun, machineId, rows } from '../support/builders.ts';
import { busiest } from '../support/busiest.ts';
import { cordon, outcomesOf, readReport, scratch, type CliResult } from '../support/cli.ts';

/** The API's windows, 60 times as fast. */
const RATE = [
  { limit: 100, ms: 1000 },
  { limit: 1500, ms: 60_000 },
];
const ids = (count: number, from = 1): string => Array.from({ length: count }, (_, i) => machineId(from + i)).join('\n');

/** Told once, when the run has begun to send. */
function onceBegun(child: ChildProcess, then: () => void): void {
  let isBegun = false;
  child.stderr?.on('data', (text: string) => {
    if (isBegun || !text.includes('"run.begin"')) return;
    isBegun = true;
    then();
  });
}

describe('cordon run', () => {
  let emulator: RunningEmulator | undefined;
  afterEach(async () => {
    await emulator?.close();
    emulator = undefined;
  });
  const emulate = async (options: Partial<EmulatorOptions> = {}): Promise<RunningEmulator> => {
    emulator = await startEmulator({ rate: RATE, actionMs: [200, 400], ...options });
    return emulator;
  };
  const run = async (list: string, folder: string, more: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<CliResult> =>
    cordon(
      [
        'run',
        'restrict',
        list,
        '--comment',
        'INC-7',
        '--yes',
        '--state',
        join(folder, 'state.db'),
        '--report',
        join(folder, 'report'),
        ...more,
      ],
      {
        cwd: folder,
        env: {
          CORDON_ACCESS_TOKEN: 'opaque-token',
          CORDON_API_URL: emulator?.url,
          CORDON_RATE: '100/1s,1500/60s',
          CORDON_READ_LAG: '1s',
          ...env,
        },
      },
    );
  const throttled = (): number => emulator?.stats().apis.reduce((sum, api) => sum + api.throttled, 0) ?? -1;

  it.each(['sliding', 'fixed', 'bucket'] as const)(
    'restricts every machine once and is never throttled by %s windows',
    async (windowKind) => {
      using folder = scratch();
      await emulate({ windowKind, latencyMs: [20, 150] });
      const result = await run(folder.file('list.txt', ids(350)), folder.path);
      expect(result).toMatchObject({ code: 0, signal: null });
      expect(result.stderr.match(/EMULATED: this API is an emulator/g)).toHaveLength(1);
      expect(throttled()).toBe(0);
      expect(emulator?.actions()).toHaveLength(350);
      expect(outcomesOf(readReport(join(folder.path, 'report')))).toEqual({ created: 350 });
    },
  );

  it('says of every row what happened to it', async () => {
    using folder = scratch();
    await emulate({ machines: 'any', unknown: [machineId(2)], inProgress: [machineId(3)], blockedBy: [machineId(4)] });
    const list = `machineId,deviceName\n${machineId(1)},pc1\n${machineId(2)},gone\n${machineId(3)},busy\n${machineId(4)},scanned\nnonsense,=cmd|x\n${machineId(1).toUpperCase()},again\n${machineId(5)},spared\n`;
    const result = await run(folder.file('list.csv', list), folder.path, [
      '--no-facts',
      '--exclude',
      folder.file('spare.txt', machineId(5)),
    ]);
    expect(result.code).toBe(3);
    const rows = readReport(join(folder.path, 'report'));
    expect(rows.map(({ outcome }) => outcome)).toEqual([
      'created',
      'refused',
      'already-in-progress',
      'blocked',
      'invalid',
      'duplicate',
      'excluded',
    ]);
    expect(rows[4]).toMatchObject({ machine_id: 'nonsense', device_name: "'=cmd|x", attempts: '0' });
    expect(rows[1]).toMatchObject({ http_status: '404', error_code: 'ResourceNotFound', attempts: '2' });
    const report = JSON.parse(readFileSync(join(folder.path, 'report', 'report.json'), 'utf8'));
    expect(report.summary.outcomes).toMatchObject({ created: 1, excluded: 1 });
    expect(report.rows[5]).toMatchObject({ row: 6, line: 7, outcome: 'duplicate', message: 'same machine as row 1' });
    expect(emulator?.actions().filter(({ requestorComment }) => requestorComment.startsWith('[cordon r-'))).toHaveLength(1);
    expect(result.stdout).toContain('Exit code 3: some rows are invalid (1), blocked (1), refused (1)');
  });

  it('prints exactly one JSON object with --json, also when it fails', async () => {
    using folder = scratch();
    await emulate();
    const good = await run(folder.file('list.txt', ids(3)), folder.path, ['--json']);
    expect(JSON.parse(good.stdout)).toMatchObject({ exitCode: 0, summary: { rows: 3, outcomes: { created: 3 } } });
    const bad = await run(join(folder.path, 'missing.csv'), folder.path, ['--json']);
    expect(bad.code).toBe(2);
    expect(JSON.parse(bad.stdout)).toMatchObject({ exitCode: 2, error: { message: expect.stringContaining('missing.csv') } });
  });

  it('reads a list from standard input, and then still wants a confirmation', async () => {
    using folder = scratch();
    await emulate();
    const env = {
      CORDON_ACCESS_TOKEN: 'opaque-token',
      CORDON_API_URL: emulator?.url,
      CORDON_STATE: join(folder.path, 's.db'),
      CORDON_REPORT: join(folder.path, 'r'),
    };
    const args = ['run', 'restrict', '-', '--comment', 'c'];
    const unconfirmed = await cordon(args, { env, input: ids(2) });
    expect(unconfirmed).toMatchObject({ code: 6, stderr: expect.stringContaining('no terminal') });
    expect(await cordon([...args, '--confirm', '3'], { env, input: ids(2) })).toMatchObject({ code: 6 });
    expect(emulator?.actions()).toEqual([]);
    expect(await cordon([...args, '--confirm', '2'], { env, input: ids(2) })).toMatchObject({ code: 0 });
  });

  it.each<[string, number, readonly string[], RegExp]>([
    ['a typo in a flag', 2, ['--coment', 'x'], /Did you mean --comment/],
    ['a rate of another length', 2, ['--rate', '100/3s'], /give both windows/],
    ['too many machines', 6, ['--max-targets', '2'], /3 machines would be called/],
    ['an exclusion file that is not there', 6, ['--exclude', 'none.txt'], /none\.txt/],
  ])('refuses %s with exit %i, and sends nothing', async (_, code, flags, message) => {
    using folder = scratch();
    await emulate();
    const result = await run(folder.file('list.txt', ids(3)), folder.path, flags);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(message);
    expect(emulator?.stats().apis.every(({ posts }) => posts === 0)).toBe(true);
  });

  it('takes no empty list for "all", and an allowed one for nothing', async () => {
    using folder = scratch();
    await emulate();
    const empty = folder.file('empty.csv', 'machineId\n');
    expect(await run(empty, folder.path)).toMatchObject({ code: 2, stderr: expect.stringContaining('--allow-empty') });
    expect(await run(empty, folder.path, ['--allow-empty'])).toMatchObject({ code: 0 });
    expect(emulator?.stats().apis).toEqual([]);
  });

  it('says which variables are missing when there are no credentials', async () => {
    using folder = scratch();
    const result = await cordon(['run', 'restrict', folder.file('list.txt', ids(1)), '--comment', 'c'], {
      cwd: folder.path,
      env: { XDG_STATE_HOME: folder.path },
    });
    expect(result.code).toBe(8);
    expect(result.stderr).toMatch(/AZURE_TENANT_ID[^]*AZURE_CLIENT_SECRET/);
    expect(existsSync(join(folder.path, 'reports'))).toBe(false);
  });

  it('shares one quota between two processes on one state: together never over, and both finish', async () => {
    using folder = scratch();
    await emulate({ latencyMs: [1, 8] });
    const results = await Promise.all(
      [1, 2].map((n) => run(folder.file(`list${n}.txt`, ids(180, n * 1000)), folder.path, ['--report', join(folder.path, `report${n}`)])),
    );
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(throttled()).toBe(0);
    expect(emulator?.actions()).toHaveLength(360);
  });

  it('waits out a 429 that somebody else caused, and says so', async () => {
    using folder = scratch();
    await emulate({ rate: [{ limit: 60, ms: 1000 }], retryAfter: 'text' });
    const result = await run(folder.file('list.txt', ids(150)), folder.path, ['--retries', '0']);
    expect(result.code).toBe(0);
    expect(throttled()).toBeGreaterThan(0);
    expect(result.stderr).toContain('somebody else uses this quota');
    expect(emulator?.stats().doubles).toEqual([]);
  });

  it('stops at --max-duration, leaves the rest open, and is resumed', async () => {
    using folder = scratch();
    await emulate();
    const stopped = await run(folder.file('list.txt', ids(250)), folder.path, ['--max-duration', '500ms']);
    expect(stopped.code).toBe(5);
    expect(stopped.stdout).toContain('cordon resume r-');
    const args = ['--state', join(folder.path, 'state.db')];
    expect((await cordon(['resume', ...args], { env: { CORDON_ACCESS_TOKEN: 'opaque-token' } })).code).toBe(0);
    expect(outcomesOf(readReport(join(folder.path, 'report')))).toEqual({ created: 250 });
    expect(throttled()).toBe(0);
    const listed = JSON.parse((await cordon(['runs', '--json', ...args])).stdout);
    expect(listed.runs).toMatchObject([{ state: 'done', machines: 250, outcomes: { created: 250 }, job: 'restrict' }]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops sending at %s, waits for answers, writes the report and is resumed with nothing doubled', async (signal, code) => {
    using folder = scratch();
    await emulate({ latencyMs: [100, 200] });
    const env = { CORDON_ACCESS_TOKEN: 'opaque-token' };
    const flags = ['--state', join(folder.path, 'state.db')];
    const started = await cordon(
      [
        'run',
        'restrict',
        folder.file('list.txt', ids(250)),
        '--comment',
        'c',
        '--yes',
        '--rate',
        '100/1s,1500/60s',
        '--api-url',
        emulator?.url ?? '',
        '--report',
        join(folder.path, 'report'),
        ...flags,
      ],
      { env, onStart: (child) => onceBegun(child, () => setTimeout(() => child.kill(signal), 600)) },
    );
    expect(started).toMatchObject({ code, signal: null });
    const counts = outcomesOf(readReport(join(folder.path, 'report')));
    expect(counts['created']).toBe(emulator?.actions().length);
    expect((counts['created'] ?? 0) + (counts['not-sent'] ?? 0)).toBe(250);
    expect((await cordon(['resume', ...flags], { env })).code).toBe(0);
    expect(emulator?.actions()).toHaveLength(250);
    expect(emulator?.stats().doubles).toEqual([]);
  });

  it('ends at once at a second signal, and is resumable all the same', async () => {
    using folder = scratch();
    await emulate({ faults: { ...(await noFaults()), 'hang-after': 1 } });
    const flags = ['--state', join(folder.path, 'state.db')];
    const env = { CORDON_ACCESS_TOKEN: 'opaque-token' };
    const killTwice = (child: ChildProcess): void => {
      onceBegun(child, () => setTimeout(() => child.kill('SIGTERM'), 300));
      child.stderr?.on('data', (text: string) => {
        if (text.includes('"stopping"')) child.kill('SIGTERM');
      });
    };
    const ended = await cordon(
      [
        'run',
        'restrict',
        folder.file('list.txt', ids(5)),
        '--comment',
        'c',
        '--yes',
        '--attempt-timeout',
        '3s',
        '--read-lag',
        '500ms',
        '--api-url',
        emulator?.url ?? '',
        '--report',
        join(folder.path, 'report'),
        ...flags,
      ],
      { env, onStart: killTwice },
    );
    expect(ended.code).toBe(143);
    expect((await cordon(['resume', ...flags], { env })).code).toBe(0);
    expect(outcomesOf(readReport(join(folder.path, 'report')))).toEqual({ created: 5 });
    expect(emulator?.stats().doubles).toEqual([]);
  });

  it('writes the reports of a run whose last row was settled just before the crash', async () => {
    using folder = scratch();
    const path = join(folder.path, 'state.db');
    const running = await emulate();
    const state = new SqliteState(path, { emulated: false });
    await state.createRun(
      aRun({ createdAt: Date.now(), tenant: '', clientId: '', host: running.url, settings: { report: [join(folder.path, 'report')] } }),
      rows(2),
    );
    for (const row of [1, 2]) await state.settle(aRun().id, row, { outcome: 'created', actionId: `a${row}` }, Date.now());
    await state.close();
    const resumed = await cordon(['resume', '--state', path], { env: { CORDON_ACCESS_TOKEN: 'opaque-token' } });
    expect(resumed.code).toBe(0);
    expect(outcomesOf(readReport(join(folder.path, 'report')))).toEqual({ created: 2 });
    expect(running.stats().apis).toEqual([]);
  });

  it('keeps actions and reads within one quota with --shared-quota', async () => {
    using folder = scratch();
    const rate = [{ limit: 20, ms: 1000 }];
    const arrivals: number[] = [];
    const real = await emulate({ rate: [{ limit: 1000, ms: 1000 }], inProgressShare: 0.2 });
    const judge = createServer((request, response) => {
      arrivals.push(performance.now());
      const onward = httpRequest(new URL(request.url ?? '/', real.url), { method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    }).listen(0, '127.0.0.1');
    await once(judge, 'listening');
    const address = judge.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const result = await run(folder.file('list.txt', ids(60)), folder.path, [
      '--shared-quota',
      '--rate',
      '20/1s,1000/60s',
      '--api-url',
      url,
    ]);
    judge.close();
    judge.closeAllConnections();
    expect(result.code).toBe(0);
    expect(arrivals.length).toBeGreaterThan(60);
    for (const { limit, ms } of rate) expect(busiest(arrivals, ms)).toBeLessThanOrEqual(limit);
  });

  it('calls failed rows again only when asked to', async () => {
    using folder = scratch();
    const running = await emulate({ faults: { ...(await noFaults()), '503': 1 } });
    const failed = await run(folder.file('list.txt', ids(3)), folder.path, [
      '--retries',
      '0',
      '--read-lag',
      '100ms',
      '--max-errors',
      '100',
    ]);
    expect(failed).toMatchObject({ code: 3, stdout: expect.stringContaining('3  failed') });
    await fetch(`${running.url}/_emulator/faults`, { method: 'POST' });
    const [{ run_id: runId = '' } = {}] = readReport(join(folder.path, 'report'));
    const resume = (...flags: string[]): Promise<CliResult> =>
      cordon(['resume', runId, '--state', join(folder.path, 'state.db'), ...flags], { env: { CORDON_ACCESS_TOKEN: 'opaque-token' } });
    expect(await resume()).toMatchObject({ code: 3 });
    expect(running.actions()).toEqual([]);
    expect(await resume('--retry-failed')).toMatchObject({ code: 0 });
    expect(running.actions()).toHaveLength(3);
  });

  it('finishes what was interrupted with --resume-if-interrupted, and else starts anew', async () => {
    using folder = scratch();
    await emulate();
    const list = folder.file('list.txt', ids(250));
    expect((await run(list, folder.path, ['--resume-if-interrupted', '--max-duration', '500ms'])).code).toBe(5);
    expect((await run(list, folder.path, ['--resume-if-interrupted'])).code).toBe(0);
    expect(emulator?.actions()).toHaveLength(250);
    expect((await run(list, folder.path, ['--resume-if-interrupted'])).stdout).toContain('250 rows');
    const { runs } = JSON.parse((await cordon(['runs', '--json', '--state', join(folder.path, 'state.db')])).stdout);
    expect(runs).toHaveLength(2);
  });

  it('refuses to resume with another host, comment or age, or a run that is worked on', async () => {
    using folder = scratch();
    await emulate();
    const stopped = await run(folder.file('list.txt', ids(250)), folder.path, ['--max-duration', '300ms']);
    expect(stopped.code).toBe(5);
    const env = { CORDON_ACCESS_TOKEN: 'opaque-token' };
    const resume = (...flags: string[]): Promise<CliResult> =>
      cordon(['resume', '--state', join(folder.path, 'state.db'), ...flags], { env });
    expect(await resume('--api-url', 'http://127.0.0.1:9')).toMatchObject({ code: 2, stderr: expect.stringContaining('api-url') });
    expect(await resume('--comment', 'other')).toMatchObject({ code: 2 });
    expect(await resume('--max-age', '1ms')).toMatchObject({ code: 7 });
    const both = await Promise.all([resume(), resume()]);
    expect(both.map(({ code }) => code).sort((a, b) => Number(a) - Number(b))).toEqual([0, 11]);
    expect(await resume()).toMatchObject({ code: 2, stderr: expect.stringContaining('no unfinished run') });
  });
});

async function noFaults(): Promise<EmulatorOptions['faults']> {
  return (await import('../../src/emulator/world/faults.ts')).NO_FAULTS;
}
