/** Where a state may lie, what is never touched, and what happens when it goes away. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunBusyError } from '../../src/core/errors.ts';
import { SqliteState } from '../../src/state/sqlite.ts';
import { aRun, rows } from '../support/builders.ts';

const RUN = aRun().id;
const intent = (row: number, runId: string | null = RUN) => ({
  runId,
  row,
  quotaKey: 'k',
  windows: [{ limit: 9, ms: 1000 }],
  now: () => 1,
  timeoutMs: 1,
});

describe('the place of a state', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cordon-place-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const at = (name: string): string => join(folder, name);
  const open = (path: string): SqliteState => new SqliteState(path, { emulated: false });
  const openAndClose = (path: string) => async (): Promise<void> => open(path).close();

  /** Everything about what is at a path that opening a state could change. */
  const pictureOf = (path: string): unknown => {
    const { mode, size, mtimeMs, ino, uid } = lstatSync(path);
    const content = lstatSync(path).isFile() ? readFileSync(path, 'base64') : '';
    return { mode, size, mtimeMs, ino, uid, content, beside: readdirSync(folder).sort() };
  };

  const OTHERS: readonly [string, (path: string) => void, RegExp][] = [
    ['a directory', (path) => mkdirSync(path, { mode: 0o755 }), /directory/],
    ['an empty file', (path) => writeFileSync(path, '', { mode: 0o644 }), /empty/],
    ['a text', (path) => writeFileSync(path, 'dear diary '.repeat(1000), { mode: 0o644 }), /no SQLite file/],
    ['a short text', (path) => writeFileSync(path, 'x', { mode: 0o644 }), /no SQLite file/],
    [
      'another program’s database',
      (path) => {
        const db = new DatabaseSync(path);
        db.exec('CREATE TABLE diary (text)');
        db.close();
        chmodSync(path, 0o644);
      },
      /another program/,
    ],
    ['a pipe', (path) => execFileSync('mkfifo', [path]), /pipe/],
    ['a link to a device', (path) => symlinkSync('/dev/zero', path), /device/],
    ['a link to a kernel’s file', (path) => symlinkSync('/proc/self/status', path), /kernel/],
  ];
  it.each(OTHERS)('is refused with exit 2 when it is %s, which stays as it was', async (_, make, why) => {
    const path = at('state.db');
    make(path);
    const before = pictureOf(path);
    await expect(openAndClose(path)).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(why) });
    expect(pictureOf(path)).toEqual(before);
  });

  it('is refused with exit 2 when it belongs to another user, who keeps it as it was', async () => {
    const mine = process.geteuid?.() === 0;
    const path = mine ? at('state.db') : '/etc/passwd';
    if (mine) {
      await openAndClose(path)();
      chmodSync(path, 0o644);
      chownSync(path, 12_345, 12_345);
    }
    const { mode, mtimeMs } = statSync(path);
    await expect(openAndClose(path)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('another user') });
    expect(statSync(path)).toMatchObject({ mode, mtimeMs });
  });

  it.each(['/proc/nowhere/state.db', '/dev/null/state.db'])('that can never be made is an error and no endless loop: %s', async (path) => {
    await expect(openAndClose(path)).rejects.toThrow(/cannot be used/);
  });

  it('holds nothing else after a new state was made, and never an empty file', async () => {
    await openAndClose(at('state.db'))();
    expect(readdirSync(folder)).toEqual(['state.db']);
    expect(statSync(at('state.db')).size).toBeGreaterThan(0);
  });

  it('is one for many processes that make it at the same time', async () => {
    const module = new URL('../../src/state/sqlite.ts', import.meta.url).href;
    const code = `import { SqliteState } from '${module}';
      const state = new SqliteState('${at('state.db')}', { emulated: false });
      for (let n = 0; n < 20; n += 1) await state.beginAttempt({ runId: null, row: null, quotaKey: 'k', windows: [{ limit: 999, ms: 1000 }], now: () => 1, timeoutMs: 1 });
      await state.close();`;
    const children = Array.from({ length: 5 }, () => spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' }));
    const codes = await Promise.all(children.map((child) => once(child, 'exit')));
    expect(codes.map(([exit]) => exit)).toEqual([0, 0, 0, 0, 0]);
    const state = open(at('state.db'));
    expect((await state.quotaUse('k', [{ limit: 999, ms: 1000 }], () => 1)).countsFrom).toHaveLength(100);
    await state.close();
  }, 30_000);

  it('is the same by whatever link it was reached: so is the lock of a run', async () => {
    mkdirSync(at('real'));
    symlinkSync(at('real'), at('folder-link'));
    symlinkSync(at('folder-link/state.db'), at('link.db'));
    const first = open(at('link.db'));
    await first.createRun(aRun(), rows(1));
    await first.lockRun(RUN);
    expect(readdirSync(at('real')).filter((name) => name.endsWith('.lock'))).toEqual([`state.db.${RUN}.lock`]);
    for (const path of ['real/state.db', 'folder-link/state.db', 'link.db']) {
      const other = open(at(path));
      await expect(other.lockRun(RUN)).rejects.toThrow(RunBusyError);
      await other.close();
    }
    await first.close();
  });

  it('is seen to be empty when the state is deleted while a run sends: nothing more is sent', async () => {
    const state = open(at('state.db'));
    await state.createRun(aRun(), rows(2));
    await state.lockRun(RUN);
    expect(await state.beginAttempt(intent(1))).toMatchObject({ begun: true });
    rmSync(at('state.db'));
    await expect(state.beginAttempt(intent(2))).rejects.toThrow(/deleted or replaced/);
    expect(existsSync(at('state.db'))).toBe(false);
    await state.close();
  });

  it('is seen to hold another file when the state is replaced while a run sends', async () => {
    const state = open(at('state.db'));
    await state.createRun(aRun(), rows(2));
    await state.lockRun(RUN);
    linkSync(at('state.db'), at('kept.db'));
    await openAndClose(at('other.db'))();
    renameSync(at('other.db'), at('state.db'));
    await expect(state.beginAttempt(intent(2))).rejects.toThrow(/deleted or replaced/);
    await state.close();
  });

  it('that holds a run whose settings are no JSON any more is refused in clear words', async () => {
    const state = open(at('state.db'));
    await state.createRun(aRun(), rows(1));
    for (const broken of ['{"retries":', '[1]', '{"retries":5}']) {
      const db = new DatabaseSync(at('state.db'));
      db.prepare('UPDATE run SET settings = ?').run(broken);
      db.close();
      await expect(state.run(RUN)).rejects.toMatchObject({ name: 'StateError', message: expect.stringContaining(`run ${RUN}`) });
      await expect(state.runs()).rejects.toThrow(/damaged/);
    }
    await state.close();
  });
});
