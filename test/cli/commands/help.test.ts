import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { jobs } from '../../../jobs/index.ts';
import { commands } from '../../../src/cli/commands/index.ts';
import { main } from '../../../src/cli/main.ts';
import { EXIT } from '../../../src/core/exit.ts';
import type { Io } from '../../../src/cli/io.ts';

async function said(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const io: Io = {
    env: {},
    stdin: new PassThrough(),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text: string) => Boolean((stderr += text)) },
    onSignal: () => () => {},
    exitNow: () => {},
    now: Date.now,
  };
  return { code: await main(argv, io), stdout, stderr };
}

/** Headings of the options, in their order. */
const headings = (text: string): string[] => [...text.matchAll(/^(\S.*):$/gm)].map(([, title = '']) => title);

describe('cordon run --help', () => {
  it('shows what matters first, then jobs, examples and exit codes', async () => {
    const { code, stdout } = await said('run', '--help');
    expect(code).toBe(EXIT.ok);
    expect(headings(stdout)).toEqual([
      'What, and on which machines',
      'Before anything is sent',
      'In which order, and how far at a time',
      'Night after night',
      'To look first',
      'When it was interrupted',
      'After it was sent',
      'Where, and as whom',
      'What comes out',
      'To rehearse',
      'Help',
      'Jobs',
      'Examples',
      'Exit codes',
    ]);
    expect(stdout).not.toContain('--attempt-timeout');
    expect(stdout).not.toContain('[CORDON_');
    for (const { name } of jobs) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    for (const exit of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`^ +${exit}  \\S`, 'm'));
  });

  it('--help-all shows every flag with its default and its variable', async () => {
    const { code, stdout } = await said('run', '--help-all');
    expect(code).toBe(EXIT.ok);
    expect(stdout).toMatch(/--attempt-timeout <time>[^[]*\(default: 30s\)\s+\[CORDON_ATTEMPT_TIMEOUT\]/);
    expect(stdout).toMatch(/--rate <n\/window>[^[]*\(default:\s+100\/1m,1500\/1h\)/);
    expect(stdout).not.toContain('more: --help-all');
    expect(stdout).not.toMatch(/--yes[^[]*\[CORDON_YES\]/);
  });

  it('begins with the job, when one is named', async () => {
    expect((await said('run', 'restrict', '--help')).stdout).toMatch(/^restrict: restrict app execution\n/);
  });
});

describe('cordon --help-all', () => {
  it('is the help of every command, with all flags', async () => {
    const { code, stdout } = await said('--help-all');
    expect(code).toBe(EXIT.ok);
    for (const { usage } of commands) expect(stdout).toContain(`Usage: cordon ${usage.split(' ')[0]} `);
    expect(stdout).toMatch(/--attempt-timeout <time>[^[]*\(default: 30s\)\s+\[CORDON_ATTEMPT_TIMEOUT\]/);
    expect((await said('--help')).stdout).toContain('--help-all');
  });
});

describe('a word that is no job', () => {
  it.each([
    [['restrikt', 'list.txt'], 'Did you mean restrict?'],
    [['list.txt', 'restrict'], 'The job comes before the list: restrict list.txt.'],
  ])('%j: the hint names the job that is meant', async (words, hint) => {
    for (const command of ['run', 'preview'])
      expect(await said(command, ...words, '--comment', 'x')).toMatchObject({ code: EXIT.usage, stderr: expect.stringContaining(hint) });
  });
});

describe('cordon help', () => {
  it.each(jobs.map((job) => [job.name, job] as const))('%s: what it does, needs, and how it is taken back', async (name, job) => {
    const { code, stdout } = await said('help', name);
    expect(code).toBe(EXIT.ok);
    expect(stdout).toContain(job.title);
    expect(stdout).toContain(job.permissions[0]?.[0]);
    expect(stdout).toContain(job.undo);
  });

  it('COMMAND is its --help; alone it lists the commands', async () => {
    expect((await said('help', 'runs')).stdout).toBe((await said('runs', '--help')).stdout);
    expect((await said('help')).stdout).toMatch(/^Usage: cordon[\s\S]*completion/);
  });

  it('of something else is a mistake', async () => {
    expect(await said('help', 'x')).toMatchObject({
      code: EXIT.usage,
      stderr: expect.stringContaining(String.raw`no command and no job \"x\"`),
    });
  });
});
