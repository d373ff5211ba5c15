import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { machineId } from '../support/builders.ts';
import { CLI, cordon, outcomesOf, readReport, scratch } from '../support/cli.ts';

it('stops sending at once when the disk is full: exit 1, nothing sent that is not recorded, and resumable', async () => {
  using folder = scratch();
  const emulator = await startEmulator({ rate: [{ limit: 1000, ms: 1000 }] });
  await using _ = { [Symbol.asyncDispose]: () => emulator.close() };
  const list = folder.file('list.txt', Array.from({ length: 400 }, (_, i) => machineId(i + 1)).join('\n'));
  const state = ['--state', join(folder.path, 'state.db')];
  const args = [
    'run',
    'restrict',
    list,
    '--comment',
    'c',
    '--yes',
    '--rate',
    '1000/1s,9000/60s',
    '--read-lag',
    '200ms',
    '--attempt-timeout',
    '1s',
    '--report',
    join(folder.path, 'report'),
    '--api-url',
    emulator.url,
    ...state,
  ];
  // No file of this process may grow beyond 1 MiB: the state's log reaches that in the middle of the run.
  const limited = spawn('bash', ['-c', 'trap "" XFSZ; ulimit -f 1024; exec "$@"', 'bash', process.execPath, CLI, ...args], {
    env: { PATH: process.env['PATH'], CORDON_ACCESS_TOKEN: 'opaque-token' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [limited.stdout, limited.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = await once(limited, 'close');
  const sent = emulator.actions().length;
  expect(code).toBe(1);
  expect(said).toMatch(/state\.db cannot be used/);
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThan(400);

  const resumed = await cordon(['resume', ...state], { env: { CORDON_ACCESS_TOKEN: 'opaque-token' } });
  expect(resumed.code).toBe(0);
  expect(outcomesOf(readReport(join(folder.path, 'report')))).toEqual({ created: 400 });
  expect(emulator.actions()).toHaveLength(400);
});
