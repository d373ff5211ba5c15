import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunBusyError, UserError, UsageError } from '../../src/core/errors.ts';
import { isShare } from '../../src/system/file-systems.ts';
import type { OpenOptions } from '../../src/state/file.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../src/state/schema.ts';
import { SqliteState } from '../../src/state/sqlite.ts';
import { aRun, machineId, rows } from '../support/builders.ts';

it.each([
  [String.raw`\\server\share\cordon`, true],
  [String.raw`\\?\UNC\server\share`, true],
  [String.raw`\\wsl.localhost\Debian\home`, true],
  [String.raw`C:\Users\ana`, false],
  [String.raw`\\?\C:\Users\ana`, false],
  [String.raw`\\.\C:\x`, false],
])('Windows’ folder %s lies on a share: %s', (path, share) => {
  expect(isShare(path)).toBe(share);
});

describe('the state’s file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cordon-file-'));
    path = join(folder, 'deep', 'state.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const open = (options: Partial<OpenOptions> = {}): SqliteState => new SqliteState(path, { emulated: false, ...options });
  const opening =
    (options: Partial<OpenOptions> = {}) =>
    async (): Promise<void> =>
      open(options).close();

  it('is readable by its owner alone, side files included, in a folder of its owner’s', async () => {
    const state = open();
    await state.createRun(aRun(), rows(1));
    const modes = [join(folder, 'deep'), path, `${path}-wal`, `${path}-shm`].map((each) => (statSync(each).mode & 0o777).toString(8));
    expect(modes).toEqual(['700', '600', '600', '600']);
    await state.close();
  });

  it('is closed to others even when it was left open', async () => {
    await opening()();
    chmodSync(path, 0o644);
    await opening()();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('keeps what was written', async () => {
    const before = open();
    await before.createRun(aRun(), rows(3));
    await before.close();
    const after = open();
    expect(await after.callCounts(aRun().id)).toEqual({ calls: 3, open: 3 });
    await after.close();
  });

  it('of the first version is brought up to date, and keeps what it held', async () => {
    mkdirSync(dirname(path), { mode: 0o700 });
    const old = new DatabaseSync(path);
    old.exec(`${MIGRATIONS[0]} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
    old.exec(`INSERT INTO run VALUES (1, '${aRun().id}', 'restrict', 't', 'c', 'h', 'why', 'ana', 0, 'l', NULL, '{}', 1, NULL, 'done', 0, NULL);
      INSERT INTO row (run_n, row, machine_id, device_name, file, line) VALUES (1, 1, '${machineId(1)}', '', 'l.csv', 1)`);
    old.close();
    const state = open();
    expect((await state.run(aRun().id))?.parameters).toBeUndefined();
    expect((await Array.fromAsync(state.rows(aRun().id)))[0]).not.toHaveProperty('input');
    await state.close();
  });

  it('of a newer version is refused in clear words', async () => {
    await opening()();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    await expect(opening()).rejects.toThrow(UsageError);
    await expect(opening()).rejects.toThrow('newer cordon (state version 99');
  });

  it('of another program is refused, and left as it is', async () => {
    await opening()();
    unlinkSync(path);
    const db = new DatabaseSync(path);
    db.exec('CREATE TABLE diary (text)');
    db.close();
    await expect(opening()).rejects.toThrow('another program');
  });

  it('of emulated runs never holds real ones, nor the other way round', async () => {
    await opening({ emulated: true })();
    await expect(opening({ emulated: false })).rejects.toThrow('holds emulated runs');
    await opening({ emulated: undefined })();
  });

  it.each([
    ['no database at all', 'this is text, and long enough to be no SQLite header', 'no SQLite file'],
    ['damaged', '', 'damaged'],
  ])('that is %s is refused with what to do', async (_, text, hint) => {
    await opening()();
    if (text !== '') writeFileSync(path, text.repeat(200));
    else {
      const bytes = Buffer.alloc(8192, 0xab);
      Buffer.from('SQLite format 3\0').copy(bytes);
      writeFileSync(path, bytes);
    }
    const refusal = await opening()().catch((error: unknown) => (error instanceof UserError ? `${error.message} ${error.hint}` : ''));
    // A file that this process knew as a state before is opened, and SQLite says what is wrong with it.
    expect(refusal).toMatch(new RegExp(`${hint}|no SQLite file|of another program`));
  });

  it('in a place that is no folder is refused with its path', async () => {
    path = join('/dev/null', 'state.db');
    await expect(opening()).rejects.toThrow(/\/dev\/null.*cannot be used/);
  });

  it('is for one process alone, with a warning, where WAL cannot be trusted', async () => {
    const warnings: string[] = [];
    const first = open({ network: true, onWarning: (text) => warnings.push(text) });
    await first.createRun(aRun(), rows(1));
    expect(warnings).toEqual([expect.stringContaining('one process at a time')]);
    const error = await openElsewhere(path);
    expect(error).toContain('cannot be used');
    await first.close();
    expect(await openElsewhere(path)).toBe('opened');
  }, 30_000);

  describe('and the lock of a run', () => {
    it('is free at once after its holder was killed', async () => {
      const state = open();
      await state.createRun(aRun(), rows(1));
      const holder = await lockElsewhere(path);
      await expect(state.lockRun(aRun().id)).rejects.toThrow(RunBusyError);
      holder.kill('SIGKILL');
      await once(holder, 'exit');
      await (await state.lockRun(aRun().id)).release();
      await state.close();
    });

    it('stops everything when somebody removes the lock file', async () => {
      const state = open();
      await state.createRun(aRun(), rows(1));
      await state.lockRun(aRun().id);
      unlinkSync(`${path}.${aRun().id}.lock`);
      const intent = { runId: aRun().id, row: 1, quotaKey: 'k', windows: [{ limit: 1, ms: 1000 }], now: () => 1, timeoutMs: 1 };
      await expect(state.beginAttempt(intent)).rejects.toThrow('no longer held');
      await state.close();
    });

    it('is never refused because somebody looks whether it is held', async () => {
      const state = open();
      await state.createRun(aRun(), rows(1));
      const looker = await elsewhere(
        `const state = new SqliteState('${path}', { emulated: false }); console.log('looking'); for (;;) { await state.runs(); await new Promise(setImmediate); }`,
      );
      await once(looker.stdout!, 'data');
      try {
        for (let n = 0; n < 300; n += 1) await expect(state.lockRun(aRun().id).then((lock) => lock.release())).resolves.toBeUndefined();
      } finally {
        looker.kill('SIGKILL');
        await once(looker, 'exit');
        await state.close();
      }
    });

    it('leaves nothing behind', async () => {
      const state = open();
      await state.createRun(aRun(), rows(1));
      await (await state.lockRun(aRun().id)).release();
      expect(statSync(`${path}.${aRun().id}.lock`, { throwIfNoEntry: false })).toBeUndefined();
      await state.close();
    });
  });
});

const STATE = new URL('../../src/state/sqlite.ts', import.meta.url).href;

async function elsewhere(code: string): Promise<ReturnType<typeof spawn>> {
  return spawn(process.execPath, ['--input-type=module', '-e', `import { SqliteState } from '${STATE}';\n${code}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function openElsewhere(path: string): Promise<string> {
  const child = await elsewhere(
    `try { await new SqliteState('${path}', { emulated: false, network: true, busyTimeoutMs: 100 }).close(); console.log('opened'); } catch (error) { console.log(error.message); }`,
  );
  const [text] = await once(child.stdout!, 'data');
  return String(text).trim();
}

async function lockElsewhere(path: string): Promise<ReturnType<typeof spawn>> {
  const child = await elsewhere(
    `const state = new SqliteState('${path}', { emulated: false }); await state.lockRun('${aRun().id}'); console.log('locked'); setInterval(() => {}, 1000);`,
  );
  await once(child.stdout!, 'data');
  return child;
}
