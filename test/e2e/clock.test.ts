/** Somebody sets the wall clock while a run sends. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { machineId } from '../support/builders.ts';
import { cordon, outcomesOf, readReport, scratch } from '../support/cli.ts';

const PRELOAD = new URL('../support/jumping-clock.ts', import.meta.url).href;
const HOUR = 3_600_000;

it.each([
  ['two hours back', [[2500, -2 * HOUR]]],
  ['half an hour back', [[2500, -HOUR / 2]]],
  ['two hours on', [[2500, 2 * HOUR]]],
  [
    'back, on and back again',
    [
      [1500, -HOUR],
      [3500, 24 * HOUR],
      [5500, -HOUR / 4],
    ],
  ],
])('a clock that is set %s costs neither a 429 nor a stall', async (_, jumps) => {
  using folder = scratch();
  const emulator = await startEmulator({
    rate: [
      { limit: 20, ms: 1000 },
      { limit: 60, ms: 6000 },
    ],
  });
  await using _emulator = { [Symbol.asyncDispose]: () => emulator.close() };
  const list = folder.file('list.txt', Array.from({ length: 100 }, (_, i) => machineId(i + 1)).join('\n'));
  const report = join(folder.path, 'report');
  const { code, stderr } = await cordon(
    // A stall would last as long as the step: the run would be stopped long before.
    [
      'run',
      'restrict',
      list,
      '--comment',
      'c',
      '--yes',
      '--rate',
      '20/1s,60/6s',
      '--max-duration',
      '60s',
      '--api-url',
      emulator.url,
    ].concat(['--report', report, '--state', join(folder.path, 'state.db')]),
    { env: { CORDON_ACCESS_TOKEN: 'opaque-token', NODE_OPTIONS: `--import ${PRELOAD}`, JUMPS: JSON.stringify(jumps) } },
  );
  expect(stderr).not.toContain('"paused"');
  expect(code).toBe(0);
  expect(outcomesOf(readReport(report))).toEqual({ created: 100 });
  const { apis, doubles } = emulator.stats();
  expect(apis.map(({ throttled }) => throttled)).toEqual(apis.map(() => 0));
  expect(doubles).toEqual([]);
});
