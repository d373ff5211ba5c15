import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolders } from '../../src/system/folders.ts';
import { replaceFile, stage } from '../../src/system/replace.ts';

describe('a file that is replaced', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cordon-replace-'));
    path = join(folder, 'a.txt');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has the new text and the rights that were asked for, and nothing stays beside it', async () => {
    writeFileSync(path, 'old');
    chmodSync(path, 0o644);
    await replaceFile(path, ['new ', 'text'], { mode: 0o600 });
    expect(readFileSync(path, 'utf8')).toBe('new text');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('stays as it was when the text breaks off, and nothing stays beside it', async () => {
    writeFileSync(path, 'old');
    async function* broken(): AsyncIterable<string> {
      yield 'x'.repeat(100_000);
      throw new Error('the source is gone');
    }
    await expect(replaceFile(path, broken())).rejects.toThrow('the source is gone');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('that cannot take its place leaves nothing beside it', async () => {
    mkdirSync(path);
    await expect(replaceFile(path, ['new'])).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('is never written through a link that stands in its place', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, path);
    await replaceFile(path, ['new']);
    expect([readFileSync(victim, 'utf8'), readFileSync(path, 'utf8')]).toEqual(['precious', 'new']);
  });

  it('cannot have its temporary name foretold: that of another process is no way in', async () => {
    const victim = join(folder, 'victim');
    symlinkSync(victim, `${path}.${process.pid}.tmp`);
    await replaceFile(path, ['new']);
    expect(statSync(victim, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('clears away what a killed process left an hour ago, and nothing else', async () => {
    const [left, fresh, other] = ['.a.txt.0123456789abcdef.tmp', '.a.txt.fedcba9876543210.tmp', '.a.txt.notes.tmp'];
    for (const name of [left, fresh, other]) writeFileSync(join(folder, name), '');
    const longAgo = Date.now() / 1000 - 7200;
    for (const name of [left, other]) utimesSync(join(folder, name), longAgo, longAgo);
    await replaceFile(path, ['new']);
    expect(readdirSync(folder).sort()).toEqual([fresh, other, 'a.txt'].sort());
  });

  it('leaves nothing behind when its process ends half way', async () => {
    const module = new URL('../../src/system/replace.ts', import.meta.url).href;
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { stage } from '${module}';
         await stage('${path}', ['half']);
         process.on('SIGTERM', () => process.exit(143));
         console.log('staged');
         setInterval(() => {}, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(child.stdout, 'data');
    expect(readdirSync(folder)).toHaveLength(1);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('can be thrown away before it takes its place', async () => {
    const staged = await stage(path, ['new']);
    await staged.discard();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('folders', () => {
  it('are made with all above them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cordon-folders-'));
    makeFolders(join(folder, 'a', 'b', 'c'), 0o700);
    makeFolders(join(folder, 'a', 'b', 'c'), 0o700);
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
    rmSync(folder, { recursive: true });
  });

  it.each(['/proc/nowhere/a/b', '/dev/null/a/b'])('that can never be made are an error, not an endless loop: %s', (path) => {
    expect(() => makeFolders(path)).toThrow(/ENOENT|ENOTDIR|EEXIST|EACCES/);
  });
});
