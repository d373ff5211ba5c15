/** What a person sees and types, on terminals of three widths. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { machineId } from '../support/builders.ts';
import { cordon, scratch } from '../support/cli.ts';
import { CTRL_C, linesShown, NO_PTY, onTerminal, type OnTerminal, type TerminalOptions } from '../support/pty.ts';
import { record, type Recorder } from '../support/recorder.ts';

if (NO_PTY !== undefined) process.stderr.write(`${NO_PTY}\n`);
const WIDTHS = [160, 80, 40] as const;
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => machineId(i + 1));

describe.skipIf(NO_PTY !== undefined)('on a terminal', () => {
  let api: Recorder;
  beforeEach(() => start({}));
  afterEach(() => api[Symbol.asyncDispose]());
  const start = async (options: Partial<EmulatorOptions>): Promise<void> => {
    api = await record({
      machines: ids(300),
      latencyMs: [20, 60],
      rate: [
        { limit: 100, ms: 3000 },
        { limit: 1500, ms: 3_600_000 },
      ],
      fleet: ids(300).map((id, i) => ({ id, computerDnsName: `ws-${i + 1}.corp.example` })),
      ...options,
    });
  };
  const restart = async (options: Partial<EmulatorOptions>): Promise<void> => {
    await api[Symbol.asyncDispose]();
    await start(options);
  };

  interface Desk {
    readonly path: string;
    readonly env: NodeJS.ProcessEnv;
    cordon(args: readonly string[], options?: Partial<TerminalOptions>): OnTerminal;
    run(count: number, more?: readonly string[], options?: Partial<TerminalOptions>): OnTerminal;
  }
  const desk = (): Desk => {
    const folder = scratch();
    onTestFinished(() => folder[Symbol.dispose]());
    const env = {
      CORDON_ACCESS_TOKEN: 'opaque',
      CORDON_API_URL: api.url,
      CORDON_STATE: join(folder.path, 'state.db'),
      CORDON_RATE: '100/3s,1500/1h',
    };
    const start = (args: readonly string[], options: Partial<TerminalOptions> = {}): OnTerminal =>
      onTerminal(args, { columns: 80, cwd: folder.path, ...options, env: { ...env, ...options.env } });
    return {
      path: folder.path,
      env,
      cordon: start,
      run: (count, more = [], options = {}) => {
        folder.file('list.txt', ids(count).join('\n'));
        return start(['run', 'restrict', 'list.txt', '--comment', 'INC-1234 ransomware in Porto', '--report', 'report', ...more], options);
      },
    };
  };
  const calls = (): number => api.requestsOf('POST').length;

  describe('the question', () => {
    it.each(WIDTHS)('fits %i columns, is in colour where it warns, and takes the number', async (columns) => {
      const screen = desk().run(3, [], { columns });
      const text = await screen.shown(/n to stop: $/);
      const question = linesShown(text.slice(text.indexOf('About to')));
      expect(Math.max(...question.map((line) => line.length))).toBeLessThanOrEqual(columns);
      for (const word of [/About to restrict app execution on 3 machines/, /INC-1234/, /ws-1\.corp\.example/, /cordon undo RUN/])
        expect(text.replaceAll(/\s+/g, ' ')).toMatch(word);
      expect(text).toContain('\u001B[33m  WARNING');
      expect(calls()).toBe(0);
      screen.type('3\r');
      expect((await screen.ended).code).toBe(0);
      expect(calls()).toBe(3);
    });

    it('is not in colour with NO_COLOR', async () => {
      const screen = desk().run(3, [], { env: { NO_COLOR: '1' } });
      expect(await screen.shown(/n to stop: $/)).not.toContain('\u001B[33m');
      screen.type('n\r');
      await screen.ended;
    });

    it.each([
      ['n', 'n\r', 6],
      ['an empty line', '\r', 6],
      ['another number', '4\r', 6],
      ['y', 'y\r', 6],
      ['Ctrl-D', '\u0004', 6],
      ['Ctrl-C', CTRL_C, 130],
    ])('takes %s for a no, and sends nothing', async (_, keys, code) => {
      const screen = desk().run(3);
      await screen.shown(/n to stop: $/);
      screen.type(keys);
      expect(await screen.ended).toMatchObject({ code, text: expect.stringMatching(/nothing was sent/) });
      expect(calls()).toBe(0);
    });

    it('is over when the terminal is closed: 143, and nothing was sent', async () => {
      const screen = desk().run(3);
      await screen.shown(/n to stop: $/);
      screen.hangUp();
      expect((await screen.ended).code).toBe(143);
      expect(calls()).toBe(0);
    });

    it('comes on the terminal, with its words in colour, also where stderr goes to a file', async () => {
      const { run, path } = desk();
      const screen = run(3, [], { redirect: '2>log' });
      await screen.shown(/n to stop: $/);
      screen.type('3\r');
      expect((await screen.ended).code).toBe(0);
      expect(readFileSync(join(path, 'log'), 'utf8').trim().split('\n').at(-1)).toContain('"run.end"');
    });
  });

  describe('the bar', () => {
    it.each(WIDTHS)('never goes beyond %i columns; says how far, the wait and the ETA', async (columns) => {
      const screen = desk().run(120, ['--yes'], { columns });
      const { code, text } = await screen.ended;
      expect(code).toBe(0);
      const bars = linesShown(text).filter((line) => /\d+\/120/.test(line));
      expect(bars.length).toBeGreaterThan(3);
      expect(Math.max(...bars.map((line) => line.length))).toBeLessThan(columns);
      expect(bars.some((line) => /(next in|wait) \ds.*ETA \d\d:\d\d/.test(line))).toBe(true);
      expect(columns === 40 || bars.some((line) => /\d on their way/.test(line))).toBe(true);
    });

    it('counts the whole run after a resume', async () => {
      const { run, cordon: start } = desk();
      expect((await run(150, ['--yes', '--max-duration', '1500ms']).ended).code).toBe(5);
      const screen = start(['resume']);
      const { code, text } = await screen.ended;
      expect(code).toBe(0);
      const [, open = ''] = /Resuming run r-.*: (\d+) of 150 calls open/.exec(text) ?? [];
      const [, first = ''] = /(\d+)\/150/.exec(text) ?? [];
      expect(Number(open)).toBeLessThan(150);
      expect(Number(first)).toBeGreaterThanOrEqual(150 - Number(open));
    });

    it('says what somebody else’s use of the quota does, in colour', async () => {
      await restart({ rate: [{ limit: 20, ms: 1000 }] });
      const { code, text } = await desk().run(30, ['--yes']).ended;
      expect(code).toBe(0);
      expect(text).toContain('\u001B[33m429 from restrictCodeExecution: somebody else uses this quota');
    });
  });

  describe('Ctrl-C', () => {
    it('once: stops sending, waits for answers, and says how to go on', async () => {
      const { run } = desk();
      const screen = run(250, ['--yes']);
      await screen.shown(/100\/250/);
      screen.type(CTRL_C);
      const { code, text } = await screen.ended;
      expect(code).toBe(130);
      expect(text).toMatch(/Ctrl-C: sending has stopped, .*; again ends at once\./);
      expect(text).toMatch(/Next:\r\n {2}cordon resume r-\S+ +goes on: 150 not sent/);
      expect(calls()).toBe(100);
    });

    it('twice: ends at once, and says how many are in doubt and what looks', async () => {
      await restart({ latencyMs: [8000, 8000] });
      const { run, env, path } = desk();
      const screen = run(30, ['--yes', '--no-facts', '--concurrency', '20']);
      await screen.shown(/20 on their way/);
      screen.type(CTRL_C);
      await screen.shown(/waiting up to 10s for 20 answers/);
      screen.type(CTRL_C);
      const { code, text } = await screen.ended;
      expect(code).toBe(130);
      expect(text).toMatch(
        /Ended at once: 20 on their way: whether they had an effect is in doubt\.[^]*cordon status r-[^]*cordon resume r-/,
      );
      await restart({ actionMs: [0, 0] });
      const listed = await cordon(['runs'], { cwd: path, env });
      expect(listed.stdout).toMatch(/interrupted/);
    });
  });

  it('a terminal that is closed stops the run as SIGTERM does: resumable, its report written', async () => {
    const { run, path } = desk();
    const screen = run(250, ['--yes']);
    await screen.shown(/100\/250/);
    screen.hangUp();
    expect((await screen.ended).code).toBe(143);
    expect(JSON.parse(readFileSync(join(path, 'report', 'report.json'), 'utf8'))).toMatchObject({
      run: { exitCode: 143, status: 'interrupted' },
      summary: { outcomes: { created: 100, 'not-sent': 150 } },
    });
  });

  describe('a preview', () => {
    it.each(WIDTHS)('fits %i columns, groups reasons, and ends with the counts and the next command', async (columns) => {
      const { cordon: start, path } = desk();
      const screen = start(['preview', 'restrict', 'list.txt', '--exclude', 'spare.txt', '--comment', 'INC-7', '--again'], {
        columns,
        cwd: withLists(path),
      });
      const { code, text } = await screen.ended;
      expect(code).toBe(0);
      const lines = linesShown(text);
      // Commands and files are never broken: they are there to be copied.
      const long = lines.filter((line) => line.length > columns && !/cordon run|https?:|\.txt|[0-9a-f]{40}/.test(line));
      expect(long).toEqual([]);
      expect(text).toMatch(/By reason:/);
      expect(lines.slice(-2)).toEqual(['Next:', '  cordon run restrict list.txt --comment INC-7 --exclude spare.txt --again --confirm 58']);
    });

    it('keeps its hints on the terminal when its rows go through a pipe', async () => {
      const { run } = desk();
      const { text } = await run(3, ['--yes'], { redirect: '| tee copy' }).ended;
      expect(text).toMatch(/Run r-.*Ctrl-C stops it/);
      expect(text).toMatch(/cordon follow r-/);
    });
  });

  it('resume asks which of several runs is meant, and takes n for none', async () => {
    const { path, cordon: start } = desk();
    for (const [from, comment] of [
      [0, 'first'],
      [150, 'second'],
    ] as const) {
      writeFileSync(
        join(path, `${comment}.txt`),
        ids(300)
          .slice(from, from + 150)
          .join('\n'),
      );
      await start(['run', 'restrict', `${comment}.txt`, '--comment', comment, '--yes', '--max-duration', '500ms']).ended;
    }
    const none = start(['resume']);
    await none.shown(/1 {2}r-[^]*second[^]*2 {2}r-[^]*first[^]*n for none: $/);
    none.type('n\r');
    expect((await none.ended).code).toBe(2);
    const screen = start(['resume']);
    await screen.shown(/n for none: $/);
    screen.type('2\r');
    expect(await screen.ended).toMatchObject({ code: 0, text: expect.stringMatching(/Resuming run r-.*: \d+ of 150/) });
  });

  it.each([80, 40])('runs fits %i columns', async (columns) => {
    const { run, cordon: start } = desk();
    await run(3, ['--yes', '--operator', 'ana']).ended;
    const { text } = await start(['runs'], { columns }).ended;
    expect(Math.max(...linesShown(text).map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(text).toMatch(/r-\S+ +(restrict|done)[^]*ana: INC-1234[^]*3 rows: 3 accepted/);
  });
});

/** A list of 60 machines of which two are spared. */
function withLists(path: string): string {
  writeFileSync(join(path, 'list.txt'), ids(60).join('\n'));
  writeFileSync(join(path, 'spare.txt'), `${machineId(1)}\nname:ws-2.*\n`);
  return path;
}
