import { mkdir, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { SqliteState } from '../../../src/state/sqlite.ts';
import { aRun, rows } from '../../support/builders.ts';

const DAY = 86_400_000;

interface Result {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Ids that the state still holds. */
  readonly left: string[];
}

/** Prunes a state with an old finished run, an old unfinished one and a young finished one. */
async function pruned(...args: string[]): Promise<Result> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
  onTestFinished(() => folder.remove());
  const path = join(folder.path, 'state.db');
  const now = Date.now();
  const before = new SqliteState(path, { emulated: false });
  await before.createRun(aRun({ id: 'old', createdAt: now - 100 * DAY, status: 'done' }), rows(2));
  await before.createRun(aRun({ id: 'unfinished', createdAt: now - 100 * DAY, status: 'interrupted' }), rows(2));
  await before.createRun(aRun({ id: 'young', createdAt: now - 10 * DAY, status: 'done' }), rows(2));
  await before.close();
  const text = { stdout: '', stderr: '' };
  const exitCode = await main(['prune', '--state', path, ...args], {
    env: {},
    stdin: new PassThrough(),
    stdout: { write: (piece) => (text.stdout += piece) },
    stderr: { write: (piece) => (text.stderr += piece) },
    onSignal: () => () => undefined,
    exitNow: () => undefined,
    now: Date.now,
  });
  const after = new SqliteState(path, { emulated: false });
  const left = (await after.runs()).map(({ id }) => id);
  await after.close();
  return { exitCode, ...text, left };
}

describe('cordon prune', () => {
  it('removes finished runs older than 90 days, and says which', async () => {
    const { exitCode, stdout, left } = await pruned();
    expect({ exitCode, left }).toEqual({ exitCode: 0, left: ['young', 'unfinished'] });
    expect(stdout).toBe('1 finished run older than 90d removed\n  old\n');
  });

  it('keeps what it is told to keep', async () => {
    expect((await pruned('--keep', '5d')).left).toEqual(['unfinished']);
    expect((await pruned('--keep', '365d', '--json')).stdout).toBe('{"pruned":[]}\n');
  });

  it('removes the reports of runs that are gone, and nothing else', async () => {
    const folder = await mkdtempDisposable(join(tmpdir(), 'cordon-'));
    onTestFinished(() => folder.remove());
    const [old, young, kept, emulated] = [
      'r-20200101-000000-aaaa',
      'r-29990101-000000-aaaa',
      'r-20200102-000000-kept',
      'emulated-r-20200101-000000-aaaa',
    ];
    for (const name of [old, young, kept, emulated, 'evidence']) {
      await mkdir(join(folder.path, name));
      await writeFile(join(folder.path, name, 'report.csv'), '');
    }
    await writeFile(join(folder.path, kept, 'notes.txt'), 'mine');
    const { stdout, exitCode } = await pruned('--reports', folder.path);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('1 folder of reports removed');
    expect(stdout).toContain(`left, because something else is in it: ${join(folder.path, kept)}`);
    expect((await readdir(folder.path)).sort()).toEqual([emulated, 'evidence', kept, young].sort());
    expect(await readdir(join(folder.path, kept))).toEqual(['notes.txt']);
    expect((await pruned('--reports', join(folder.path, 'nowhere'), '--json')).stdout).toContain('"reports":{"removed":[],"left":[]}');
  });

  it('never touches the last day, which is what a resume and the quota need', async () => {
    const { exitCode, stderr, left } = await pruned('--keep', '1h');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('too short');
    expect(left).toHaveLength(3);
  });
});
