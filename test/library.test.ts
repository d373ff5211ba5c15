import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openSession, report, resume, runs, start, startEmulator, type RunEvent, type Session } from '../src/index.ts';
import { machineId } from './support/builders.ts';

const INDEX = new URL('../src/index.ts', import.meta.url).href;

/** The first example of a document. */
function exampleOf(document: string): string {
  return /```ts\n(.*?)```/s.exec(readFileSync(document, 'utf8'))?.[1] ?? '';
}

describe('docs/library.md', () => {
  it('has an example that runs as it is printed', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-library-'));
    const program = join(folder.path, 'example.ts');
    await writeFile(program, exampleOf('docs/library.md').replace("'cordon'", JSON.stringify(INDEX)));
    const { stdout, stderr } = spawnSync(process.execPath, [program], { cwd: folder.path, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe('40 machines would be called, 0 guards refuse\n0 { created: 40 }\n');
  });
});

describe('the library', () => {
  afterEach(() => void vi.restoreAllMocks());

  async function session(events: RunEvent[] = [], more: object = {}): Promise<Session> {
    const folder = await mkdtempDisposable(join(tmpdir(), 'cordon-library-'));
    const emulator = await startEmulator({ machines: [1, 2, 3].map(machineId) });
    const opened = await openSession({
      settings: { apiUrl: emulator.url, state: join(folder.path, 'state.db'), report: join(folder.path, '{run}'), comment: 'c', ...more },
      env: { CORDON_ACCESS_TOKEN: 'opaque-token' },
      onEvent: (event) => void events.push(event),
    });
    onTestFinished(async () => {
      await opened.close();
      await emulator.close();
      await folder.remove();
    });
    return opened;
  }

  it('tells what happens by events and returns what it came to', async () => {
    const events: RunEvent[] = [];
    const opened = await session(events);
    const machines = [1, 2, 3].map(machineId);
    const { exitCode, summary, files, run } = await start(opened, { job: 'restrict', machines, confirm: async () => ({ yes: true }) });
    expect({ exitCode, outcomes: summary?.outcomes, files: files.length > 0 }).toEqual({
      exitCode: 0,
      outcomes: { created: 3 },
      files: true,
    });
    const kinds = events.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['planned', 'asked', 'begun', 'settled', 'ended']));
    expect(kinds.filter((kind) => kind === 'settled')).toHaveLength(3);
    expect((await runs(opened)).map(({ id }) => id)).toEqual([run.id]);
    expect((await report(opened)).report.summary.outcomes).toEqual({ created: 3 });
  });

  it('writes nothing to the process’ streams', async () => {
    const opened = await session();
    const streams = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write'));
    await start(opened, { job: 'restrict', machines: [machineId(1)], confirm: async () => ({ yes: true }) });
    for (const stream of streams) expect(stream).not.toHaveBeenCalled();
  });

  it('sends nothing without a yes, and says so as a typed error', async () => {
    const opened = await session();
    const asked: number[] = [];
    const no = start(opened, {
      job: 'restrict',
      machines: [machineId(1)],
      confirm: async (briefing) => {
        asked.push(briefing.machines);
        return { yes: false, why: 'not today' };
      },
    });
    await expect(no).rejects.toMatchObject({ name: 'GuardError', exitCode: 6, message: 'not today' });
    expect(asked).toEqual([1]);
    expect(await runs(opened)).toEqual([]);
  });

  it('never guesses which run is meant', async () => {
    await expect(resume(await session())).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('no unfinished run') });
  });

  it('has no built-in emulator that a program could mistake for a tenant', async () => {
    await expect(openSession({ settings: { emulator: true } })).rejects.toMatchObject({
      exitCode: 2,
      hint: expect.stringContaining('startEmulator'),
    });
  });
});
