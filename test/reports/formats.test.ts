import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { parse } from 'csv-parse/sync';
import { marked } from 'marked';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resultOf, RESULTS, WORDS } from '../../src/core/words.ts';
import type { Input, Opposition, RunRow } from '../../src/core/types.ts';
import { formats, formatsFor, writeReports } from '../../src/reports/index.ts';
import { markdownText } from '../../src/reports/markdown-text.ts';
import { quoted } from '../../src/reports/next.ts';
import { reportOf, type Extras, type Report } from '../../src/reports/report.ts';
import { SUMS, verify } from '../../src/reports/sums.ts';
import { readTargets } from '../../src/targets/index.ts';
import { aReport } from '../page/sample.ts';
import { aRun, aRunRow, machineId } from '../support/builders.ts';

const NOT_CALLED = { actionId: null, actionStatus: null, httpStatus: null, attempts: 0, firstSentAt: null, settledAt: null } as const;
const PLAN = { calls: 1, platforms: {}, guards: [], unmatched: [], risks: [], warnings: [], when: 'all 1 now', quota: [] } as const;

async function* generate(rows: readonly RunRow[]): AsyncIterable<RunRow> {
  yield* rows;
}
const reportWith = (run: object, rows: readonly RunRow[], extras: Extras = {}): Promise<Report> =>
  reportOf(aRun({ status: 'done', finishedAt: 2_000_000, exitCode: 3, ...run }), () => generate(rows), extras);
const textOf = async (file: string, report: Report): Promise<string> =>
  (await Array.fromAsync(formats.find((format) => format.file === file)?.text(report) ?? [])).join('');

describe('words for people', () => {
  it('call an action accepted until the API says Succeeded', () => {
    const of = (outcome: RunRow['outcome'], actionStatus: string | null, status: 'running' | 'done' = 'done'): string =>
      WORDS[resultOf({ outcome, actionStatus, settledAt: null }, { status })].label;
    expect(['Pending', 'InProgress', null, 'SomethingNew'].map((status) => of('created', status))).toEqual(Array(4).fill('Accepted'));
    expect(['Succeeded', 'Failed', 'TimeOut', 'Cancelled'].map((status) => of('created', status))).toEqual([
      'Confirmed',
      'Action failed',
      'Timed out',
      'Cancelled',
    ]);
    expect([of('already-in-progress', 'Succeeded'), of('unknown', 'Succeeded')]).toEqual(['Already in progress', 'Unknown']);
    expect([of('not-sent', null, 'running'), of('unknown', null, 'running'), of('not-sent', null)]).toEqual([
      'Waiting',
      'Waiting',
      'Not sent',
    ]);
  });

  it('put what needs somebody before everything else', () => {
    const needing = RESULTS.map((result) => WORDS[result].todo !== undefined);
    expect(needing.indexOf(false)).toBe(needing.filter(Boolean).length);
  });
});

describe('todo.csv', () => {
  it('holds the rows that need somebody, and run reads it', async () => {
    const rows = [
      aRunRow(1, { actionStatus: 'Succeeded' }),
      aRunRow(2, { outcome: 'refused', errorCode: 'OsPlatformNotSupported', message: '=1', input: { Site: 'Bern' } }),
      aRunRow(3, { actionStatus: 'TimeOut' }),
      aRunRow(4, { ...NOT_CALLED, outcome: 'duplicate' }),
    ];
    const text = await textOf('todo.csv', await reportWith({}, rows));
    const lines: Record<string, string>[] = parse(text, { columns: true, bom: true });
    expect(lines).toMatchObject([
      { machine_id: machineId(2), device_name: 'pc1', result: 'Refused', message: "'=1", row: '2', Site: 'Bern' },
      { machine_id: machineId(3), result: 'Timed out', todo: expect.stringContaining('online') },
    ]);
    const folder = mkdtempSync(join(tmpdir(), 'cordon-todo-'));
    writeFileSync(join(folder, 'todo.csv'), text);
    const read = await readTargets([{ kind: 'file', path: join(folder, 'todo.csv') }], { resolve: false });
    expect(Array.from(read, ({ text: id, deviceName }) => [id, deviceName])).toEqual([2, 3].map((n) => [machineId(n), 'pc1']));
    rmSync(folder, { recursive: true });
  });
});

describe('the list’s own columns in todo.csv', () => {
  const headingsOf = async (input: Input): Promise<string[]> => {
    const text = await textOf('todo.csv', await reportWith({}, [aRunRow(1, { outcome: 'failed', input })]));
    const [headings = []]: string[][] = parse(text, { bom: true });
    return headings.slice(OURS.length);
  };
  const OURS = ['machine_id', 'device_name', 'result', 'error_code', 'message', 'todo', 'row'];

  it('keep their names, and are marked where one is called like one of todo.csv', async () => {
    expect(await headingsOf({ sha1: 'a', Message: 'b', 'Error-Code': 'c' })).toEqual(['sha1', 'in_Message', 'in_Error-Code']);
    expect(await headingsOf({ result: 'a', in_result: 'b' })).toEqual(['in_in_result', 'in_result']);
  });

  it('are the same when todo.csv is fed again', async () => {
    const fed = { result: '', error_code: '', message: '', todo: '', row: '7', sha1: 'a', in_Message: 'b' };
    expect(await headingsOf(fed)).toEqual(['sha1', 'in_Message']);
  });
});

describe('rows that others had the last word on', () => {
  const opposed = (kind: Opposition): Partial<RunRow> => ({
    actionStatus: 'Succeeded',
    opposed: { kind, words: `an Unrestrict action of ana (${kind})` },
  });
  const rows = [
    aRunRow(1, opposed('overtaken')),
    aRunRow(2, { ...opposed('contested'), message: 'inactive for 3 days', actionEndedAt: 5 }),
    aRunRow(3, opposed('revoked')),
    aRunRow(4, { actionStatus: 'Succeeded' }),
    aRunRow(5, { ...opposed('overtaken'), outcome: 'already-in-progress' }),
  ];

  it('need somebody, unless it was a later decision', async () => {
    const lines: Record<string, string>[] = parse(await textOf('todo.csv', await reportWith({}, rows)), { columns: true, bom: true });
    expect(lines).toMatchObject([
      {
        row: '1',
        result: 'Overtaken',
        message: 'an Unrestrict action of ana (overtaken)',
        todo: expect.stringContaining('cordon status RUN'),
      },
      {
        row: '2',
        result: 'Contested',
        message: 'inactive for 3 days; an Unrestrict action of ana (contested)',
        todo: expect.stringContaining('Wait for the end of the opposite action'),
      },
      { row: '5', result: 'Overtaken' },
    ]);
  });

  it('are counted and named in a ticket, with where to look', async () => {
    const text = await textOf('report.md', await reportWith({}, rows, { job: { title: 'restrict app execution', inverse: 'unrestrict' } }));
    for (const part of [
      '4 of 5 rows accepted by the API, 2 of those confirmed and 0 pending; 0 skipped, 3 need somebody; 2 overtaken, 1 contested, 1 revoked by opposite actions.',
      'the last word on 3 machines',
      'cordon status r-20261123-101530-k3f9',
      '| Overtaken | an Unrestrict action of ana',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('nothing will mend by itself');
  });

  it('stand in the page and in the sheet', async () => {
    const page = await textOf('report.html', await reportWith({}, rows));
    expect(page).toContain('overtaken: an Unrestrict action of ana (overtaken)');
    expect(page).toContain('revoked: an Unrestrict action of ana (revoked)');
    const [table] = await Array.fromAsync(formats.find(({ file }) => file === 'report.xlsx')?.text(await reportWith({}, rows)) ?? []);
    const texts = table instanceof Uint8Array ? Object.values(unzipSync(table)).map((file) => strFromU8(file)) : [];
    expect(texts.join('')).toContain('contested: an Unrestrict action of ana (contested)');
  });
});

const HOSTILE = [
  '| a | b',
  '\\| x',
  '`a` ``b``` |',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[a](javascript:alert(1))',
  '![a](http://evil.example/x.png)',
  '**bold** _em_ ~~no~~',
  '# heading',
  '- item',
  '1. item',
  'a\nb\n\n# c',
  '&lt;b&gt; &#60;',
  'http://evil.example www.evil.example',
  '@someone #123',
  '$$x$$ {{y}}',
  'nul \0 \u001b[31m \u202e turned',
  '\ud800',
];

describe('report.md', () => {
  it('says what, where, how it stands, what to do, and who needs somebody', async () => {
    const text = await textOf('report.md', await aReport({ rows: 239 }));
    for (const part of [
      '# Restrict app execution on 232 machines',
      '225 of 239 rows accepted by the API, 188 of those confirmed and 26 pending; 9 skipped, 16 need somebody.',
      'cordon resume r-20261123-101530-k3f9',
      'cordon follow r-20261123-101530-k3f9',
      'cordon undo r-20261123-101530-k3f9',
      '## 16 rows that need somebody',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('EMULATED');
  });

  it('says EMULATED, and holds at most fifty rows', async () => {
    const text = await textOf(
      'report.md',
      await reportWith(
        { emulated: true },
        Array.from({ length: 70 }, (_, i) => aRunRow(i + 1, { outcome: 'failed' })),
      ),
    );
    expect(text).toContain('**EMULATED: nothing real was touched.**');
    expect(text.match(/^\| \d+ \| 0/gm)).toHaveLength(50);
    expect(text).toContain('… and 20 more rows: report.csv has all.');
  });

  it.each(HOSTILE)('keeps %j inside its cell', async (text) => {
    const html = marked.parse(`| a | b |\n| --- | --- |\n| ${markdownText(text)} | end |\n`, { async: false, gfm: true });
    expect(html.match(/<td>/g)).toHaveLength(2);
    expect(html.replaceAll(/<\/?(table|thead|tbody|tr|th|td)>/g, '')).not.toContain('<');
    expect(html).toContain('<td>end</td>');
  });

  it('keeps a hostile comment in its quote', async () => {
    const html = marked.parse(await textOf('report.md', await reportWith({ comment: HOSTILE.join('\n') }, [])), { async: false });
    expect(html.match(/<h\d/g)).toHaveLength(3);
    expect(html).not.toMatch(/<script|<img|<a /);
  });
});

describe('what to do next', () => {
  const commands = async (run: object, ...rows: RunRow[]): Promise<string[]> => {
    const text = await textOf('report.md', await reportWith(run, rows, { job: { title: 'restrict', inverse: 'unrestrict' } }));
    return Array.from(text.matchAll(/^ {3}(cordon \S+).*$/gm), ([, command = '']) => command);
  };
  it.each([
    ['everything is confirmed', {}, [aRunRow(1, { actionStatus: 'Succeeded' })], ['cordon undo']],
    ['actions are pending', {}, [aRunRow(1)], ['cordon follow', 'cordon undo']],
    ['it was stopped', { status: 'interrupted' }, [aRunRow(1, { ...NOT_CALLED, outcome: 'not-sent' })], ['cordon resume']],
    ['a row is unknown', {}, [aRunRow(1, { outcome: 'unknown', actionStatus: null })], ['cordon resume']],
    ['a call failed', {}, [aRunRow(1, { outcome: 'failed', actionStatus: null })], ['cordon resume']],
    ['a row was refused', {}, [aRunRow(1, { outcome: 'refused', actionStatus: null })], ['cordon preview']],
    ['it is at work', { status: 'running' }, [aRunRow(1, { ...NOT_CALLED, outcome: 'not-sent' })], ['cordon resume', 'cordon stop']],
    ['nothing is left', {}, [aRunRow(1, { ...NOT_CALLED, outcome: 'already-applied' })], []],
  ])('when %s', async (_, run, rows, expected) => expect(await commands(run, ...rows)).toEqual(expected));

  it('quotes what a shell would read otherwise', () => {
    expect(['plan.json', 'my plan.json', "it's; rm", '$(x)'].map(quoted)).toEqual([
      'plan.json',
      "'my plan.json'",
      String.raw`'it'\''s; rm'`,
      "'$(x)'",
    ]);
  });
});

describe('plan.md', () => {
  it('tells a board what would be done, what stands against it, and how to carry out exactly that', async () => {
    const plan = {
      ...PLAN,
      guards: [{ guard: 'max-targets', why: 'too many', canBeConfirmed: true, stops: false }],
      saved: { file: 'a plan.json', sha256: 'f'.repeat(64) },
    } as const;
    const text = await textOf('plan.md', await reportWith({}, [aRunRow(1, { ...NOT_CALLED, outcome: 'planned' })], { plan }));
    for (const part of [
      '1 of 1 row would be called',
      'Asked',
      'too many',
      `cordon run --plan 'a plan.json' --plan-hash ${'f'.repeat(64)}`,
      'nothing was sent',
    ])
      expect(text).toContain(part);
  });
});

describe('report.xlsx', () => {
  const sheetOf = async (report: Report): Promise<string> => {
    const [bytes] = await Array.fromAsync(formats.find(({ name }) => name === 'xlsx')?.text(report) ?? []);
    if (!(bytes instanceof Uint8Array)) throw new TypeError('no workbook');
    const files = unzipSync(bytes);
    return Object.entries(files)
      .filter(([name]) => /sharedStrings|sheet1/.test(name))
      .map(([, file]) => strFromU8(file))
      .join('\n');
  };
  it('has typed cells: numbers as numbers, times as times, and text that never is a formula', async () => {
    const text = await sheetOf(await reportWith({}, [aRunRow(7, { deviceName: '=1+1', message: 'bad \u0001 \ud800 \uffff' })]));
    expect(text).toMatch(/<c r="A2"[^>]*><v>7<\/v>/);
    expect(text).toMatch(/<c r="L2"[^>]*><v>46349\.\d+<\/v>/);
    expect(text).toContain('=1+1');
    for (const part of ['<f>', '\u0001', '\uffff']) expect(text).not.toContain(part);
  });
  it('cuts a text where a cell ends', async () => {
    const text = await sheetOf(await reportWith({}, [aRunRow(1, { message: 'x'.repeat(40_000) })]));
    expect(/x{100,}/.exec(text)?.[0]).toHaveLength(32_767);
  });
});

describe('the files of a report', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cordon-formats-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are those that were asked for; a workbook only then', async () => {
    const report = await reportWith({}, [aRunRow(1)]);
    await writeReports(async () => report, folder);
    expect(readdirSync(folder).sort()).toEqual([SUMS, 'report.csv', 'report.html', 'report.json', 'report.md', 'todo.csv']);
    const other = mkdtempSync(join(tmpdir(), 'cordon-formats-'));
    await writeReports(async () => report, other, { names: ['xlsx', 'json'] });
    expect(readdirSync(other).sort()).toEqual([SUMS, 'report.json', 'report.xlsx']);
    rmSync(other, { recursive: true });
  });

  it('of a preview are named after the plan', async () => {
    await writeReports(() => reportWith({}, [aRunRow(1, { outcome: 'planned' })], { plan: PLAN }), folder, { kind: 'plan' });
    expect(readdirSync(folder).sort()).toEqual([SUMS, 'plan.html', 'plan.md', 'report.csv', 'report.json']);
  });

  it('have sums that sha256sum reads', async () => {
    await writeReports(() => reportWith({}, [aRunRow(1)]), folder);
    expect(execFileSync('sha256sum', ['--check', '--quiet', SUMS], { cwd: folder, encoding: 'utf8' })).toBe('');
  });

  it('are verified: intact, altered, missing, unlisted, and other than the state says', async () => {
    const report = await reportWith({}, [aRunRow(1)]);
    await writeReports(async () => report, folder, { names: ['csv', 'json', 'md'] });
    const expected = { report, formats: formatsFor('run', ['csv', 'json', 'md']) };
    expect((await verify(folder, expected)).map(({ verdict }) => verdict)).toEqual(Array(4).fill('intact'));
    writeFileSync(join(folder, 'report.csv'), `${readFileSync(join(folder, 'report.csv'), 'utf8')} `);
    writeFileSync(join(folder, 'notes.txt'), 'x');
    rmSync(join(folder, 'report.md'));
    expect(await verify(folder)).toEqual([
      { file: 'notes.txt', verdict: 'unlisted' },
      { file: 'report.csv', verdict: 'altered' },
      { file: 'report.json', verdict: 'intact' },
      { file: 'report.md', verdict: 'missing' },
      { file: 'todo.csv', verdict: 'intact' },
    ]);
    const later = await reportWith({}, [aRunRow(1, { actionStatus: 'Succeeded' })]);
    const verdicts = new Map((await verify(folder, { ...expected, report: later })).map(({ file, verdict }) => [file, verdict]));
    expect([verdicts.get('report.json'), verdicts.get('todo.csv')]).toEqual(['differs', 'intact']);
  });

  it('cannot be verified without sums, or with ones that are none', async () => {
    await expect(verify(folder)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(folder) });
    writeFileSync(join(folder, SUMS), `${'0'.repeat(64)}  ../etc/passwd\n`);
    await expect(verify(folder)).rejects.toThrow(`${SUMS}:1`);
  });
});
