import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineId } from '../support/builders.ts';
import { cordon, errorOf, outcomesOf, readReport, scratch, type CliResult } from '../support/cli.ts';
import { record, type Recorder } from '../support/recorder.ts';

const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => machineId(i + 1));

describe('a plan file', () => {
  let api: Recorder;
  let folder: ReturnType<typeof scratch>;
  beforeEach(async () => {
    api = await record({ machines: ids(20), fleet: [{ id: machineId(2), osPlatform: 'macOS' }] });
    folder = scratch();
    folder.file('list.txt', [...ids(5), machineId(99)].join('\n'));
  });
  afterEach(async () => {
    folder[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });

  const call = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliResult> =>
    cordon([...args, '--state', join(folder.path, 'state.db')], {
      cwd: folder.path,
      env: { CORDON_ACCESS_TOKEN: 'opaque', CORDON_API_URL: api.url, AZURE_TENANT_ID: 'contoso', ...env },
    });
  const save = async (more: readonly string[] = ['--comment', 'INC-7'], env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const { stdout } = await call(['preview', 'restrict', 'list.txt', '--out', 'plan.json', '--json', ...more], env);
    return JSON.parse(stdout).plan.sha256;
  };
  const run = (...more: string[]): Promise<CliResult> => call(['run', '--plan', 'plan.json', '--report', 'report', ...more]);
  const expectRefusal = async (result: Promise<CliResult>, code: number, why: string): Promise<void> => {
    const ended = await result;
    expect(ended.code).toBe(code);
    expect(Object.values(errorOf(ended)).join('\n')).toContain(why);
    expect(api.requestsOf('POST')).toEqual([]);
  };

  it('holds all that will be done and what will not, and its hash covers every byte but its own', async () => {
    const sha256 = await save(['--comment', 'INC-7', '--exclude', folder.file('spare.txt', `${machineId(3)}\nghost.example\n`)]);
    const text = readFileSync(join(folder.path, 'plan.json'), 'utf8');
    const plan = JSON.parse(text);
    expect(plan).toMatchObject({
      sha256,
      format: 2,
      job: 'restrict',
      tenant: 'contoso',
      comment: 'INC-7',
      order: 'list',
      calls: 3,
      facts: true,
    });
    expect(plan.exclusions).toMatchObject({ entries: 2, unmatched: [expect.stringContaining('ghost.example')] });
    expect(plan.rows.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'planned',
      'ineligible',
      'excluded',
      'planned',
      'planned',
      'invalid',
    ]);
    expect(createHash('sha256').update(text.replace(sha256, '')).digest('hex')).toBe(sha256);
  });

  it('is carried out exactly, without a question or a read, and only once', async () => {
    const sha256 = await save();
    const reads = api.requestsOf('GET').length;
    writeFileSync(join(folder.path, 'list.txt'), ids(20).join('\n'));
    const first = await run('--plan-hash', sha256);
    expect(first.code).toBe(3);
    const report = readReport(join(folder.path, 'report'));
    expect(outcomesOf(report)).toEqual({ created: 4, ineligible: 1, invalid: 1 });
    expect(report.filter(({ outcome }) => outcome === 'created').map((row) => row['machine_id'])).toEqual([1, 3, 4, 5].map(machineId));
    expect(api.requestsOf('GET')).toHaveLength(reads);
    expect(api.emulator.actions().every(({ requestorComment }) => requestorComment.endsWith('] INC-7'))).toBe(true);
    const again = await run();
    expect(again).toMatchObject({ code: 7, stderr: expect.stringMatching(/already carried out by run r-/) });
    expect(api.requestsOf('POST')).toHaveLength(4);
  });

  it('is carried out by one of two processes that are given it at the same moment', async () => {
    await save();
    const results = await Promise.all([run(), call(['run', '--plan', 'plan.json', '--report', 'other'])]);
    expect(new Set(results.map(({ code }) => code))).toEqual(new Set([3, 7]));
    expect(api.requestsOf('POST')).toHaveLength(4);
  });

  it('is refused when one byte of it is another, wherever that is', async () => {
    await save();
    const path = join(folder.path, 'plan.json');
    const good = readFileSync(path);
    for (const at of [12, 90, Math.floor(good.length / 2), good.length - 2]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      writeFileSync(path, bad);
      await expectRefusal(run(), 7, 'is not carried out');
    }
  });

  it('is refused when it is not the plan of the ticket', async () => {
    await save();
    await expectRefusal(run('--plan-hash', 'f'.repeat(64)), 7, 'This is not the plan that was agreed to');
  });

  it('is refused for another tenant', async () => {
    await save();
    await expectRefusal(
      call(['run', '--plan', 'plan.json'], { AZURE_TENANT_ID: 'fabrikam' }),
      7,
      'the plan is of tenant contoso, and this is fabrikam',
    );
  });

  it('is refused when it is too old', async () => {
    await save();
    await expectRefusal(run('--plan-max-age', '1ms'), 7, '--plan-max-age is 1ms');
  });

  it('is refused with another comment, and needs one where it has none', async () => {
    await save();
    await expectRefusal(run('--comment', 'INC-8'), 7, 'the plan\'s comment is "INC-7"');
    await save([]);
    await expectRefusal(run(), 2, '--comment is missing');
    expect((await run('--comment', 'INC-9')).code).toBe(3);
    expect(api.emulator.actions()[0]?.requestorComment).toMatch(/\] INC-9$/);
  });

  it('is refused beside another list, another job, other exclusions or the emulator', async () => {
    await save();
    await expectRefusal(call(['run', 'restrict', 'list.txt', '--plan', 'plan.json']), 2, 'a plan and a list');
    await expectRefusal(call(['run', 'unrestrict', '--plan', 'plan.json']), 7, 'the plan is for restrict');
    await expectRefusal(run('--exclude', folder.file('late.txt', machineId(4))), 7, 'made without the exclusions of');
    await expectRefusal(run('--emulator'), 7, 'not for --emulator');
    await expectRefusal(run('--facts'), 2, '--facts is for the preview');
  });

  it('still has to pass the guards', async () => {
    await save();
    await expectRefusal(run('--max-targets', '3'), 6, '4 machines would be called, and --max-targets is 3');
    await expectRefusal(run('--confirm', '5'), 6, '--confirm 5 does not match');
    writeFileSync(join(folder.path, 'list.txt'), Array.from({ length: 10 }, (_, i) => machineId(100 + i)).join('\n'));
    await save();
    await expectRefusal(run(), 6, 'wrong tenant or wrong column');
  });

  it('may be made without the API and still says what it knows', async () => {
    await save(['--no-api', '--comment', 'INC-7']);
    expect(api.requests).toEqual([]);
    const result = await run();
    expect(outcomesOf(readReport(join(folder.path, 'report')))).toEqual({ created: 4, refused: 2 });
    expect(result.code).toBe(3);
  });
});
