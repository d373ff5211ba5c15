import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { machineId } from '../support/builders.ts';
import { CLI, cordon, errorOf, outcomesOf, readReport, scratch } from '../support/cli.ts';

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
  // Where the reason is told, it is told once.
  const [why = ''] = /^Exit code 1: .*$/m.exec(said) ?? [];
  expect(why.match(/cannot be used/g)).toHaveLength(1);
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThan(400);

  const resumed = await cordon(['resume', ...state], { env: { CORDON_ACCESS_TOKEN: 'opaque-token' } });
  expect(resumed.code).toBe(0);
  expect(outcomesOf(readReport(join(folder.path, 'report')))).toEqual({ created: 400 });
  expect(emulator.actions()).toHaveLength(400);
});

describe('output that cannot be written whole', () => {
  /** As a shell does it: `cordon … > FILE`, where no file of the process may grow beyond so many KiB. */
  async function into(
    file: string,
    args: readonly string[],
    { kib = 'unlimited', cwd = '/' } = {},
  ): Promise<{ code: number; stderr: string }> {
    const fd = openSync(file, 'w');
    const child = spawn('bash', ['-c', `trap "" XFSZ; ulimit -f ${kib}; exec "$@"`, 'bash', process.execPath, CLI, ...args], {
      cwd,
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', CORDON_ACCESS_TOKEN: 'opaque-token' },
      stdio: ['ignore', fd, 'pipe'],
    });
    closeSync(fd);
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = await once(child, 'close');
    return { code, stderr };
  }

  const FULL = '/dev/full';
  it('is exit 1 and one line on a full disk, whatever the command; a run ends all the same', async (context) => {
    if (!existsSync(FULL)) {
      console.log(`skipped: there is no ${FULL} here`);
      context.skip();
    }
    using folder = scratch();
    const list = folder.file('list.txt', machineId(1));
    const here = { cwd: folder.path };
    const run = ['run', 'restrict', list, '--comment', 'c', '--yes', '--emulator', '--report', 'report', '--json', '--quiet'];
    for (const args of [['--help'], ['preview', 'restrict', list, '--no-api', '--json'], ['completion', 'bash'], run]) {
      const ended = await into(FULL, args, here);
      expect([args, ended.code]).toEqual([args, 1]);
      expect(errorOf(ended)).toEqual({
        error: 'the output could not be written whole: no space left on device',
        hint: expect.stringContaining('cordon report RUN'),
      });
    }
    expect(outcomesOf(readReport(join(folder.path, 'report')))).toEqual({ created: 1 });
    // What the command came to outweighs what became of its words.
    expect(await into(FULL, ['preview', 'nonsense', list, '--json'], here)).toMatchObject({ code: 2 });
  });

  it('is exit 1 where only a part of a text fits, which the system does not call an error', async () => {
    using folder = scratch();
    const list = folder.file('list.txt', Array.from({ length: 200 }, (_, i) => machineId(i + 1)).join('\n'));
    const preview = ['preview', 'restrict', list, '--no-api', '--json'];
    const ended = await into(join(folder.path, 'out.json'), preview, { kib: '1', cwd: folder.path });
    expect(ended.code).toBe(1);
    expect(errorOf(ended).error).toBe('the output could not be written whole: file too large');
    expect(await into(join(folder.path, 'whole.json'), preview, { cwd: folder.path })).toMatchObject({ code: 0 });
  });

  it('is no error of a reader that went away, and a pipe gets all there is before the end', async () => {
    using folder = scratch();
    const list = folder.file('list.txt', Array.from({ length: 3000 }, (_, i) => machineId(i + 1)).join('\n'));
    const command = `set -o pipefail; "$0" "$@" | (sleep 1; head -n 1 > /dev/null)`;
    const args = [CLI, 'preview', 'restrict', list, '--no-api', '--all', '--max-targets', '5000'];
    const child = spawn('bash', ['-c', command, process.execPath, ...args], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const whole = await cordon(args.slice(1), { cwd: folder.path });
    expect(whole.stdout.match(/planned/g)?.length).toBeGreaterThanOrEqual(3000);
  });
});
