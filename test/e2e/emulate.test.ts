import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { machineId } from '../support/builders.ts';
import { CLI, cordon, errorOf, type CliResult } from '../support/cli.ts';
import { startCordon, type Started } from '../support/started.ts';

interface Served {
  readonly folder: string;
  readonly started: Started;
  readonly url: string;
  /** Ends the emulator as Ctrl-C would. */
  readonly end: (signal?: NodeJS.Signals) => Promise<CliResult>;
  readonly run: (...more: string[]) => Promise<CliResult>;
}

async function serve(...args: string[]): Promise<Served> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
  await writeFile(join(folder.path, 'list.txt'), `${machineId(1)}\n${machineId(2)}\n`);
  await writeFile(join(folder.path, 'busy.txt'), `${machineId(2)}\n`);
  const started = startCordon(['emulate', ...args], { cwd: folder.path });
  onTestFinished(async () => {
    started.process.kill('SIGKILL');
    await started.ended;
    await folder.remove();
  });
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await started.printed(/Ctrl-C/))?.[0] ?? '';
  const end: Served['end'] = (signal = 'SIGINT') => {
    started.process.kill(signal);
    return started.ended;
  };
  const run: Served['run'] = (...more) =>
    cordon(['run', 'restrict', 'list.txt', '--comment', 'INC-7', '--yes', '--api-url', url, ...more], {
      cwd: folder.path,
      env: { HOME: folder.path, CORDON_ACCESS_TOKEN: 'any-token' },
    });
  return { folder: folder.path, started, url, end, run };
}

describe('cordon emulate', () => {
  it('prints its address, answers a run of another process, and tells at the end what it saw', async () => {
    const { end, run } = await serve();
    expect((await run()).code).toBe(0);
    const { code, stdout, stderr } = await end();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^EMULATED: http:\/\/127\.0\.0\.1:\d+\n/);
    expect(stdout).toContain('restrictCodeExecution: 2 requests (2 POST), 0 answered 429; busiest 2 of 100 per 1m, 2 of 1500 per 1h');
    expect(stdout).toContain('2 actions created, 0 machines with more than one by the same run');
    expect(stderr).toContain('EMULATED');
  });

  it('with --json prints one object when it listens and one at the end', async () => {
    const { end, url } = await serve('--json');
    const [first, last] = (await end('SIGTERM')).stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(first).toMatchObject({ emulated: true, url, clientSecret: expect.any(String) });
    expect(last).toMatchObject({ emulated: true, stats: { doubles: [] } });
  });

  it('holds exactly the machines of its lists, some of them busy', async () => {
    const { run } = await serve('list.txt', '--in-progress', 'busy.txt');
    const { stdout } = await run('--machine', machineId(3), '--fail-on', 'none', '--read-lag', '10ms');
    expect(stdout).toMatch(/1 {2}created/);
    expect(stdout).toMatch(/1 {2}already-in-progress/);
    expect(stdout).toMatch(/1 {2}invalid/);
  });

  it('lets in only those who signed in with it, when told to', async () => {
    const { run } = await serve('--require-auth');
    expect((await run()).code).toBe(8);
  });

  it('prints a command that works as it stands, whatever is exported', async () => {
    const { started, folder, end } = await serve();
    const logged = await started.printed(/Ctrl-C.*\n/);
    const printed = String(JSON.parse(/^\{.*Ctrl-C.*$/m.exec(logged)?.[0] ?? '{}').msg);
    const line = /^ *bash +(.*)$/m.exec(printed)?.[1]?.replace('machines.csv', 'list.txt') ?? '';
    const script = `cordon() { "${process.execPath}" "${CLI}" "$@"; }\n${line} --yes`;
    const exported = { AZURE_TENANT_ID: 'contoso', AZURE_CLIENT_ID: 'other', AZURE_CLIENT_SECRET: 'wrong', CORDON_ACCESS_TOKEN: 'old' };
    const env = { PATH: process.env['PATH'], HOME: folder, AZURE_AUTHORITY_HOST: 'https://login.example', ...exported };
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: folder, env });
    expect(stdout).toMatch(/2 {2}created/);
    expect(printed).toMatch(
      /^ *PowerShell +\$env:AZURE_AUTHORITY_HOST='http:[^']+'; \$env:AZURE_CLIENT_SECRET='[^']+'; cordon run restrict /m,
    );
    expect((await end()).stdout).toContain('2 actions created');
  });

  it('plays the part of a tenant whose API fails as told', async () => {
    const { run } = await serve('--failing', 'busy.txt', '--disallowed', '100%', '--clock-offset', '-2h');
    expect((await run('--fail-on', 'none')).stdout).toMatch(/2 {2}(refused|not-sent)/);
  });

  it.each([
    [['--fault', 'teapot=1'], 'unknown fault "teapot"'],
    [['--latency', '80-20ms'], '--latency is one time or two'],
    [['--offline', '200%'], 'more than all machines'],
    [['nowhere.txt'], 'nowhere.txt'],
    [['--hunting', 'nowhere.json'], 'nowhere.json cannot be read'],
    [['--action-failures', '3'], '--action-failures is a share'],
    [['--clock-offset', 'soon'], '--clock-offset is a time'],
  ])('refuses %j before it listens', async (args, message) => {
    const result = await cordon(['emulate', ...args], { cwd: tmpdir() });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(Object.values(errorOf(result)).join('\n')).toContain(message);
  });
});
