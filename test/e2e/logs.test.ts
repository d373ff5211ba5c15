/** Where no person reads along, whoever reads stderr can read all of it. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { machineId } from '../support/builders.ts';
import { cordon, logLines, scratch, type CliResult } from '../support/cli.ts';
import { record, type Recorder } from '../support/recorder.ts';

describe('stderr without a terminal', () => {
  let api: Recorder;
  beforeEach(async () => void (api = await record({ machines: [1, 2, 3].map(machineId) })));
  afterEach(() => api[Symbol.asyncDispose]());

  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliResult> => {
    const folder = scratch();
    onTestFinished(() => folder[Symbol.dispose]());
    folder.file('list.txt', [1, 2, 3].map(machineId).join('\n'));
    return cordon(args, {
      cwd: folder.path,
      env: { CORDON_ACCESS_TOKEN: 'opaque', CORDON_API_URL: api.url, CORDON_STATE: join(folder.path, 'state.db'), ...env },
    });
  };
  const RUN = ['run', 'restrict', 'list.txt', '--comment', 'INC-7', '--yes'];

  it('is JSON in every line, with event, and in a run with run and job; the last is the ending', async () => {
    const result = await run([...RUN, '--log-level', 'debug'], { CORDON_NOTIFY_URL: 'http://127.0.0.1:9/gone' });
    const lines = logLines(result);
    const begun = lines.findIndex(({ event }) => event === 'run.begin');
    const about = lines.slice(begun).map(({ event, run: id, job }) => [typeof event, String(id).startsWith('r-'), job]);
    expect(lines.every(({ event }) => typeof event === 'string')).toBe(true);
    expect(about.every(([event, hasRun, job]) => event === 'string' && hasRun === true && job === 'restrict')).toBe(true);
    expect(lines.some(({ msg }) => msg === 'the notice could not be posted')).toBe(true);
    expect(lines.at(-1)).toMatchObject({
      event: 'run.end',
      level: 'info',
      exitCode: 0,
      outcomes: { created: 3 },
      seconds: expect.any(Number),
    });
  });

  it('holds the ending, and nothing else that is well, with --quiet', async () => {
    const lines = logLines(await run([...RUN, '--quiet']));
    expect(lines.filter(({ level }) => level === 'info').map(({ event }) => event)).toEqual(['run.end']);
  });

  it.each<[string, readonly string[], number, RegExp, RegExp]>([
    [
      'a flag that there is not',
      ['run', 'restrict', 'list.txt', '--coment', 'x'],
      2,
      /unknown option '--coment'/,
      /Did you mean --comment/,
    ],
    ['a command that there is not', ['rnu'], 2, /unknown command 'rnu'/, /--help/],
    ['no command', [], 2, /no command/, /cordon --help/],
    [
      'a list that there is not, before a comment that is missing',
      ['run', 'restrict', 'nowhere.csv'],
      2,
      /nowhere\.csv/,
      /Nothing was sent/,
    ],
    ['no comment', ['run', 'restrict', 'list.txt'], 2, /--comment is missing/, /--comment "INC-1234/],
    ['a job that there is not', ['run', 'restirct', 'list.txt'], 2, /"restirct" is no job/, /restrict, unrestrict/],
    ['nobody to confirm', ['run', 'restrict', 'list.txt', '--comment', 'x'], 6, /nobody confirmed/, /--confirm 3/],
    ['no run to resume', ['resume'], 2, /no unfinished run in .*state\.db/, /cordon runs/],
  ])('ends with one line of what, where and what next, for %s', async (_, args, exitCode, error, hint) => {
    const result = await run(args);
    expect(result).toMatchObject({ code: exitCode, stdout: '' });
    expect(logLines(result).at(-1)).toMatchObject({
      event: 'error',
      level: 'error',
      exitCode,
      error: expect.stringMatching(error),
      hint: expect.stringMatching(hint),
    });
    expect(api.requestsOf('POST')).toEqual([]);
  });

  it('is text where somebody wants it so', async () => {
    expect((await run([...RUN, '--log-format', 'text'])).stderr).toMatch(/\d\d:\d\d:\d\d info Run r-.*\n/);
    expect((await run(['resume'], { CORDON_LOG_FORMAT: 'text' })).stderr).toMatch(
      /^cordon: there is no unfinished run in .*\n {2}cordon runs/,
    );
    expect((await run(['rnu', '--log-format=text'])).stderr).toMatch(/^cordon: unknown command 'rnu'\n/);
  });
});
