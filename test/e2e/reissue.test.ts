import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { machineId } from '../support/builders.ts';
import { cordon, outcomesOf, readReport, scratch } from '../support/cli.ts';

const MACHINES = [1, 2, 3, 4].map(machineId);

it('calls again what MDE gave up on or failed at, each once, and leaves the rest alone', async () => {
  using folder = scratch();
  // A million times as fast: three days and 14 minutes are over in 260 ms.
  const emulator = await startEmulator({
    speed: 1_000_000,
    actionMs: [10, 20],
    machines: MACHINES,
    offline: [machineId(1)],
    failing: [machineId(2)],
  });
  const gaveUp = (times: number): Promise<void> =>
    vi.waitFor(() => expect(emulator.actions().filter(({ status }) => status === 'TimeOut')).toHaveLength(times), 10_000);
  try {
    const env = {
      CORDON_ACCESS_TOKEN: 'x',
      CORDON_API_URL: emulator.url,
      CORDON_STATE: join(folder.path, 'state.db'),
      CORDON_REPORT: join(folder.path, 'report'),
    };
    const options = { cwd: folder.path, env };
    const list = folder.file('list.txt', MACHINES.join('\n'));
    // The emulated clock is far ahead of ours: facts would call every machine long gone.
    const ran = await cordon(['run', 'restrict', list, '--comment', 'INC-7', '--yes', '--no-facts', '--json'], options);
    const { run } = JSON.parse(ran.stdout);
    await gaveUp(1);
    const called = (): string[] =>
      emulator
        .actions()
        .map((action) => MACHINES.indexOf(action.machineId) + 1)
        .map(String);
    expect(called().toSorted()).toEqual(['1', '2', '3', '4']);

    expect((await cordon(['resume', run.id, '--reissue', 'TimeOut'], options)).code).toBe(0);
    expect(called().toSorted()).toEqual(['1', '1', '2', '3', '4']);
    const first = readReport(join(folder.path, 'report'));
    expect(first.map((row) => row['action_status'])).toEqual(['Pending', 'Failed', 'Succeeded', 'Succeeded']);
    expect(first.map((row) => row['attempts'])).toEqual(['2', '1', '1', '1']);
    expect(outcomesOf(first)).toEqual({ created: 4 });

    await gaveUp(2);
    await cordon(['resume', run.id, '--reissue', 'TimeOut,Failed'], options);
    expect(called().toSorted()).toEqual(['1', '1', '1', '2', '2', '3', '4']);
    expect((await cordon(['resume', run.id, '--reissue', 'Succeeded'], options)).code).toBe(2);
  } finally {
    await emulator.close();
  }
});
