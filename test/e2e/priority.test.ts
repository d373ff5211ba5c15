import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { machineId } from '../support/builders.ts';
import { cordon, scratch } from '../support/cli.ts';
import { startCordon } from '../support/started.ts';

const ids = (from: number, count: number): string => Array.from({ length: count }, (_, i) => machineId(from + i)).join('\n');

const envOf = (url: string, folder: string, rate: string): NodeJS.ProcessEnv => ({
  CORDON_ACCESS_TOKEN: 'x',
  CORDON_API_URL: url,
  CORDON_STATE: join(folder, 'state.db'),
  CORDON_RATE: rate,
});

it('lets a run of high priority have the next units of a quota that another one uses up; both finish, and nobody is throttled', async () => {
  using folder = scratch();
  const emulator = await startEmulator({
    rate: [
      { limit: 20, ms: 3000 },
      { limit: 1500, ms: 60_000 },
    ],
    actionMs: [10, 20],
  });
  try {
    const env = envOf(emulator.url, folder.path, '20/3s,1500/60s');
    const run = (list: string, ...more: string[]) =>
      startCordon(['run', 'restrict', list, '--comment', 'INC-7', '--yes', '--no-facts', '--log-level', 'debug', ...more], {
        cwd: folder.path,
        env,
      });
    const low = run(folder.file('low.txt', ids(1, 80)));
    await low.printed(/(event":"call.settled"[^]*){20}/);
    const high = run(folder.file('high.txt', ids(1001, 50)), '--priority', 'high');
    expect((await high.ended).code).toBe(0);
    expect((await low.ended).code).toBe(0);
    const isHigh = emulator.actions().map(({ machineId: id }) => Number.parseInt(id, 16) > 1000);
    const during = isHigh.slice(isHigh.indexOf(true), isHigh.lastIndexOf(true) + 1);
    expect(during.filter((high) => !high).length).toBeLessThan(8);
    expect(isHigh.lastIndexOf(false)).toBeGreaterThan(isHigh.lastIndexOf(true));
    expect(emulator.actions()).toHaveLength(130);
    expect(emulator.stats().apis.reduce((sum, api) => sum + api.throttled, 0)).toBe(0);
  } finally {
    await emulator.close();
  }
});

it('leaves a reserve to others', async () => {
  using folder = scratch();
  const emulator = await startEmulator({
    rate: [
      { limit: 20, ms: 3000 },
      { limit: 1500, ms: 60_000 },
    ],
    actionMs: [10, 20],
  });
  try {
    const env = envOf(emulator.url, folder.path, '20/3s,1500/60s');
    const list = folder.file('list.txt', ids(1, 40));
    const { code } = await cordon(['run', 'restrict', list, '--comment', 'INC-7', '--yes', '--no-facts', '--reserve', '5/3s'], {
      cwd: folder.path,
      env,
    });
    expect(code).toBe(0);
    const [busiest] = emulator.stats().apis.flatMap(({ posts, windows }) => (posts > 0 ? windows : []));
    expect(busiest?.busiest.sliding).toBe(15);
  } finally {
    await emulator.close();
  }
});

it('spreads its calls with --pace even, also after a kill: a server that weighs its windows refuses none', async () => {
  using folder = scratch();
  const emulator = await startEmulator({
    rate: [
      { limit: 10, ms: 1000 },
      { limit: 50, ms: 10_000 },
    ],
    windowKind: 'weighted',
    actionMs: [10, 20],
  });
  try {
    const env = envOf(emulator.url, folder.path, '9/1s,45/10s');
    const words = ['run', 'restrict', folder.file('list.txt', ids(1, 48)), '--comment', 'INC-7', '--yes', '--no-facts'];
    const killed = startCordon([...words, '--pace', 'even', '--log-level', 'debug'], { cwd: folder.path, env });
    await killed.printed(/(event":"call.settled"[^]*){12}/);
    killed.process.kill('SIGKILL');
    await killed.ended;
    const { code } = await cordon(['resume'], { cwd: folder.path, env });
    expect(code).toBe(0);
    expect(new Set(emulator.actions().map(({ machineId: id }) => id)).size).toBe(48);
    expect(emulator.actions()).toHaveLength(48);
    expect(emulator.stats().apis.reduce((sum, api) => sum + api.throttled, 0)).toBe(0);
  } finally {
    await emulator.close();
  }
});
