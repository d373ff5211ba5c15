/** What a scheduler starts every night: one command, set up by variables alone. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmulator, type RunningEmulator } from '../../src/emulator/server.ts';
import { machineId } from '../support/builders.ts';
import { cordon, scratch, type CliResult } from '../support/cli.ts';

interface Nights {
  readonly emulator: RunningEmulator;
  readonly night: (machines: readonly number[], env?: NodeJS.ProcessEnv) => Promise<CliResult>;
}

async function nights(): Promise<Nights> {
  const emulator = await startEmulator({ machines: [1, 2, 3].map(machineId), actionMs: [0, 0], requireAuth: false });
  const folder = scratch();
  onTestFinished(async () => {
    await emulator.close();
    folder[Symbol.dispose]();
  });
  const night: Nights['night'] = (machines, env = {}) => {
    writeFileSync(join(folder.path, 'machines.txt'), machines.map((n) => `${machineId(n)}\n`).join(''));
    const variables = {
      CORDON_COMMENT: 'nightly',
      CORDON_FACTS: 'true',
      CORDON_API_URL: emulator.url,
      CORDON_ACCESS_TOKEN: 'opaque-token',
      CORDON_REPORT: 'reports/{run}',
      CORDON_EXCLUDE: '',
    };
    return cordon(['run', 'restrict', 'machines.txt', '--resume-if-interrupted', '--yes'], {
      cwd: folder.path,
      env: { XDG_STATE_HOME: folder.path, ...variables, ...env },
    });
  };
  return { emulator, night };
}

describe('the same command every night', () => {
  it('calls only what is not in force yet', async () => {
    const { emulator, night } = await nights();
    expect((await night([1, 2])).stdout).toContain('2  accepted');
    const second = await night([1, 2, 3]);
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(/1 {2}accepted[\s\S]*2 {2}already-applied|2 {2}already-applied[\s\S]*1 {2}accepted/);
    expect(emulator.actions().map((action) => action.machineId)).toEqual([1, 2, 3].map(machineId));
  });

  it('takes an empty list for a broken export, unless told that it may be empty', async () => {
    const { emulator, night } = await nights();
    expect((await night([])).code).toBe(2);
    expect((await night([], { CORDON_ALLOW_EMPTY: 'true' })).code).toBe(0);
    expect(emulator.actions()).toEqual([]);
  });

  it('refuses a list that has grown beyond what was agreed, and sends nothing', async () => {
    const { emulator, night } = await nights();
    expect((await night([1, 2, 3], { CORDON_MAX_TARGETS: '2' })).code).toBe(6);
    expect(emulator.actions()).toEqual([]);
  });

  it('alarms for the outcomes that it is told to, and no others', async () => {
    const { night } = await nights();
    expect((await night([1, 99])).code).toBe(3);
    expect((await night([1, 99], { CORDON_FAIL_ON: 'failed,unknown,not-sent' })).code).toBe(0);
  });
});
