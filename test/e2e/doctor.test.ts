import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { machineId } from '../support/builders.ts';
import { cordon, errorOf, scratch, type CliResult } from '../support/cli.ts';

const LAB = machineId(0x1ab);

function here(): { readonly path: string; readonly doctor: (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<CliResult> } {
  const folder = scratch();
  onTestFinished(() => folder[Symbol.dispose]());
  const doctor = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliResult> =>
    cordon(['doctor', '--state', 'state.db', ...args], { cwd: folder.path, env });
  return { path: folder.path, doctor };
}

it('says what is well, and exits with 0', async () => {
  const { code, stdout } = await here().doctor(['--emulator']);
  expect(code).toBe(0);
  for (const line of [/ok {4}settings/, /ok {4}sign-in/, /ok {4}clock/, /ok {4}permission {3}restrict, unrestrict: /, /ok {4}quota/])
    expect(stdout).toMatch(line);
  expect(stdout).toMatch(/0 failures, 1 warning: a run can start\. Exit code 0\.\n$/);
});

it('says what would stop a run and what to do about it, and exits with 8', async () => {
  const { code, stdout } = await here().doctor([], { AZURE_CLIENT_SECRET: 'hunter2-hunter2' });
  expect(code).toBe(8);
  expect(stdout).toMatch(/fail {2}sign-in .*\n +-> .*/);
  expect(stdout).toContain('AZURE_CLIENT_SECRET (set)');
  expect(stdout).not.toContain('hunter2');
});

it('is one JSON object with --json', async () => {
  const { doctor } = here();
  const { checks, exitCode } = JSON.parse((await doctor(['--emulator', '--json'])).stdout);
  expect(exitCode).toBe(0);
  expect(checks).toContainEqual(expect.objectContaining({ name: 'permission restrict', level: 'ok' }));
  const state = join('nowhere', 'state.db');
  expect(JSON.parse((await doctor(['--emulator', '--json', '--state', `${state}/x`])).stdout).checks).toContainEqual(
    expect.objectContaining({ name: 'state', level: expect.any(String) }),
  );
});

it('probes a lab machine when somebody says so, and writes down what it saw without naming anybody', async () => {
  const { path, doctor } = here();
  const unsaid = await doctor(['--emulator', '--speed', '200', '--probe', LAB]);
  expect(unsaid.code).toBe(6);
  expect(errorOf(unsaid)).toMatchObject({ error: expect.stringContaining('no terminal'), hint: expect.stringContaining('--yes') });
  const said = await doctor(['--emulator', '--speed', '200', '--probe', LAB.toUpperCase(), '--yes']);
  expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining('The machine was left: released again.') });
  const file = readdirSync(path).find((name) => name.startsWith('cordon-probe-')) ?? '';
  const text = readFileSync(join(path, file), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ first: { status: 201, comment: 'as sent' }, left: 'released again' });
  expect(text).not.toContain(LAB);
  expect((await doctor(['--emulator', '--probe', 'pc17', '--yes'])).code).toBe(2);
});
