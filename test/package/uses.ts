/** What everybody does first, with whatever program they have got. */
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { machineId } from '../support/builders.ts';
import { cordon, outcomesOf, readReport, scratch, type CliOptions } from '../support/cli.ts';

type Program = NonNullable<CliOptions['program']>;

export async function expectVersion(program: Program): Promise<void> {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(await cordon(['--version'], { program })).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
}

export async function expectPreview(program: Program): Promise<void> {
  using folder = scratch();
  folder.file('list.csv', `machineId\n${machineId(1)}\n${machineId(1)}\n`);
  const { code, stdout } = await cordon(['preview', 'restrict', 'list.csv', '--no-api', '--json'], { program, cwd: folder.path });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ summary: { outcomes: { planned: 1, duplicate: 1 } } });
}

/** The rehearsal: on the built-in emulator, with a state on disk. */
export async function expectRehearsal(program: Program): Promise<void> {
  using folder = scratch();
  folder.file('list.txt', ids(3));
  const args = ['run', 'restrict', 'list.txt', '--comment', 'INC-7', '--emulator', '--speed', '60', '--yes', '--report', 'out'];
  const ended = await cordon(args, { program, cwd: folder.path, env: { XDG_STATE_HOME: folder.path } });
  expect(ended).toMatchObject({ code: 0 });
  // Every line of the log is JSON: no warning of Node's own stands between.
  for (const line of ended.stderr.split('\n').filter(Boolean)) expect(JSON.parse(line)).toHaveProperty('msg');
  expect(outcomesOf(readReport(join(folder.path, 'out')))).toEqual({ created: 3 });
}

/** A run that is killed in the middle and resumed to its end, none twice. */
export async function expectResume(program: Program): Promise<void> {
  using folder = scratch();
  const emulator = await startEmulator({ actionMs: [100, 200] });
  try {
    folder.file('list.txt', ids(ROWS));
    const env = { XDG_STATE_HOME: folder.path, CORDON_ACCESS_TOKEN: 'opaque-token', CORDON_READ_LAG: '1s', CORDON_RATE: '10/1s,1000/1h' };
    const args = ['run', 'restrict', 'list.txt', '--comment', 'INC-7', '--yes', '--quiet', '--api-url', emulator.url];
    const killed = await cordon(args, { program, cwd: folder.path, env, onStart: (child) => killAfter(10, child, emulator) });
    expect(killed.signal).toBe('SIGKILL');
    const resumed = await cordon(['resume', '--report', 'out'], { program, cwd: folder.path, env });
    expect(resumed).toMatchObject({ code: 0 });
    expect(outcomesOf(readReport(join(folder.path, 'out')))).toEqual({ created: ROWS });
    expect([emulator.actions().length, emulator.stats().doubles]).toEqual([ROWS, []]);
    expect(readdirSync(join(folder.path, 'cordon')).filter((name) => name.endsWith('.lock'))).toEqual([]);
  } finally {
    await emulator.close();
  }
}

const ROWS = 25;
const ids = (count: number): string => Array.from({ length: count }, (_, n) => machineId(n + 1)).join('\n');

function killAfter(actions: number, child: ChildProcess, emulator: RunningEmulator): void {
  const timer = setInterval(() => {
    if (emulator.actions().length >= actions) child.kill('SIGKILL');
  }, 10);
  child.once('close', () => clearInterval(timer));
}
