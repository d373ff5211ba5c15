import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { machineId } from '../support/builders.ts';
import { cordon, scratch, type CliResult } from '../support/cli.ts';

interface Ran {
  readonly folder: string;
  readonly id: string;
  readonly cli: (...args: string[]) => Promise<CliResult>;
}

/** An emulated run of three machines, with its reports in `reports`. */
async function ran(...more: string[]): Promise<Ran> {
  const folder = scratch();
  onTestFinished(() => folder[Symbol.dispose]());
  folder.file('list.txt', [1, 2, 3].map(machineId).join('\n'));
  const cli = (...args: string[]): Promise<CliResult> => cordon(args, { cwd: folder.path, env: { HOME: folder.path } });
  const { stdout } = await cli('run', 'restrict', 'list.txt', '--emulator', '--speed', '60', '--comment', 'x', '--yes', '--json', ...more);
  return { folder: folder.path, id: JSON.parse(stdout).run.id, cli };
}

describe('cordon report', () => {
  it('writes the formats that the run was given, and others when asked', async () => {
    const { folder, id, cli } = await ran('--formats', 'json,md');
    const inPlace = (): string[] => readdirSync(join(folder, 'reports', id)).sort();
    expect(inPlace()).toEqual(['SHA256SUMS', 'report.json', 'report.md']);
    expect((await cli('report', id)).code).toBe(0);
    expect(inPlace()).toEqual(['SHA256SUMS', 'report.json', 'report.md']);
    expect((await cli('report', id, '--formats', 'xlsx,html', '--report', 'more')).code).toBe(0);
    expect(readdirSync(join(folder, 'more')).sort()).toEqual(['SHA256SUMS', 'report.html', 'report.xlsx']);
    expect(await cli('report', id, '--formats', 'pdf')).toMatchObject({ code: 2, stderr: expect.stringContaining('pdf') });
  });

  it('--verify says whether the evidence is what was written', async () => {
    const { folder, id, cli } = await ran();
    const reports = join('reports', id);
    expect(await cli('report', id, '--verify', reports)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('all files are as they were written'),
    });
    appendFileSync(join(folder, reports, 'report.csv'), ' ');
    rmSync(join(folder, reports, 'report.html'));
    const { code, stdout } = await cli('report', id, '--verify', reports, '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      3,
      {
        files: expect.arrayContaining([
          { file: 'report.csv', verdict: 'altered' },
          { file: 'report.html', verdict: 'missing' },
          { file: 'report.json', verdict: 'intact' },
        ]),
      },
    ]);
    expect(await cli('report', id, '--verify', 'nowhere')).toMatchObject({ code: 2, stderr: expect.stringContaining('SHA256SUMS') });
  });
});
