import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { machineId } from '../support/builders.ts';
import { cordon, outcomesOf, readReport, scratch, type CliResult } from '../support/cli.ts';
import { BIN, startPostgres, type TestServer } from '../support/postgres.ts';
import { startCordon, type Started } from '../support/started.ts';

const RATE = [
  { limit: 100, ms: 1000 },
  { limit: 1500, ms: 60_000 },
];
const ids = (count: number): string => Array.from({ length: count }, (_, i) => machineId(i + 1)).join('\n');

describe.skipIf(BIN === undefined)('a run whose state is on a PostgreSQL server', () => {
  let server: TestServer;
  let emulator: RunningEmulator;
  let made = 0;
  let state = '';
  beforeAll(async () => void (server = await startPostgres()), 60_000);
  afterAll(() => server.close());
  beforeEach(async () => {
    made += 1;
    state = `${server.url}?schema=e${made}`;
    emulator = await startEmulator({ rate: RATE, machines: ids(1500).split('\n'), actionMs: [200, 400], latencyMs: [20, 80] });
  });
  afterEach(() => emulator.close());

  const env = (): NodeJS.ProcessEnv => ({
    CORDON_ACCESS_TOKEN: 'opaque-token',
    CORDON_API_URL: emulator.url,
    CORDON_RATE: '100/1s,1500/60s',
    CORDON_READ_LAG: '1s',
    CORDON_ATTEMPT_TIMEOUT: '3s',
    CORDON_STATE: state,
    ...server.env,
  });
  const args = (list: string, folder: string): string[] => [
    'run',
    'restrict',
    list,
    '--comment',
    'INC-7',
    '--yes',
    '--report',
    join(folder, 'report'),
  ];
  const start = (list: string, folder: string, more: readonly string[] = []): Started =>
    startCordon([...args(list, folder), ...more], { cwd: folder, env: env() });
  const resume = (folder: string): Promise<CliResult> =>
    cordon(['resume', '--report', join(folder, 'report')], { cwd: folder, env: env() });
  const created = (folder: string): number => outcomesOf(readReport(join(folder, 'report')))['created'] ?? 0;
  const throttled = (): number => emulator.stats().apis.reduce((sum, api) => sum + api.throttled, 0);
  const actionsAtLeast = async (count: number, { process }: Started): Promise<void> => {
    while (emulator.actions().length < count) {
      if (process.exitCode !== null) throw new Error(`ended with ${process.exitCode} before ${count} actions`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  it('does what it does on a file, and shows no password', async () => {
    using folder = scratch();
    const result = await start(folder.file('list.txt', ids(150)), folder.path).ended;
    expect(result).toMatchObject({ code: 0 });
    expect([created(folder.path), emulator.actions().length, throttled()]).toEqual([150, 150, 0]);
    const listed = await cordon(['runs', '--json'], { cwd: folder.path, env: env() });
    expect(listed.stdout).toContain('"created":150');
    const none = await cordon(['resume'], { cwd: folder.path, env: env() });
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining(state) });
    expect(result.stderr + listed.stdout + none.stderr).not.toContain(server.env['PGPASSWORD']);
  });

  it('is resumed after it was killed: none lost, none twice', async () => {
    using folder = scratch();
    const running = start(folder.file('list.txt', ids(250)), folder.path);
    await actionsAtLeast(60, running);
    running.process.kill('SIGKILL');
    await running.ended;
    expect(await resume(folder.path)).toMatchObject({ code: 0 });
    expect([created(folder.path), emulator.actions().length, throttled()]).toEqual([250, 250, 0]);
  });

  it('goes on when the server is restarted and every connection is cut', async () => {
    using folder = scratch();
    const running = start(folder.file('list.txt', ids(350)), folder.path);
    await actionsAtLeast(40, running);
    await server.cut();
    await actionsAtLeast(120, running);
    await server.stop();
    await server.start();
    await actionsAtLeast(220, running);
    await server.stop('immediate');
    await server.start();
    expect(await running.ended).toMatchObject({ code: 0 });
    expect([created(folder.path), emulator.actions().length, throttled()]).toEqual([350, 350, 0]);
  });

  it('stops as in any outage (exit 5) when the server stays away, and is resumed', async () => {
    using folder = scratch();
    const running = start(folder.file('list.txt', ids(250)), folder.path, ['--outage', '1s']);
    await actionsAtLeast(60, running);
    await server.stop('immediate');
    const result = await running.ended;
    const sent = emulator.actions().length;
    await server.start();
    expect(result).toMatchObject({ code: 5 });
    expect(result.stderr).not.toMatch(/internal|stack|at .*\.ts/);
    // Not one more than those that were under way when it went.
    expect(sent).toBeLessThan(150);
    expect(await resume(folder.path)).toMatchObject({ code: 0 });
    expect([created(folder.path), emulator.actions().length, throttled()]).toEqual([250, 250, 0]);
  });

  it('is one quota for two processes', async () => {
    using one = scratch();
    using two = scratch();
    const first = start(one.file('list.txt', ids(150)), one.path);
    const second = start(two.file('list.txt', Array.from({ length: 150 }, (_, i) => machineId(i + 1001)).join('\n')), two.path);
    const results = await Promise.all([first.ended, second.ended]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect([emulator.actions().length, throttled()]).toEqual([300, 0]);
  });
});
