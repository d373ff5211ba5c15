/** Lists that have no end, or parts that no list has. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { readExclusions, readTargets } from '../../src/targets/index.ts';
import { idOf, readContent, readNamed, texts } from './support.ts';

describe('a list that is no ordinary file', () => {
  let folder: string;
  let pipe: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cordon-bounds-'));
    pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (path: string): Promise<unknown> => readTargets([{ kind: 'file', path }]);

  it('is read from a pipe, whose writer may come later', async () => {
    const reading = readTargets([{ kind: 'file', path: pipe }]);
    spawn('sh', ['-c', `printf '%s\\n' ${idOf(1)} ${idOf(2)} > '${pipe}'`]);
    expect(texts(await reading)).toEqual([idOf(1), idOf(2)]);
  });

  it.each([
    ['/proc/self/status', /kernel/],
    ['/proc/kmsg', /kernel/],
    ['/sys/kernel/notes', /kernel|no such file/],
    ['/dev/zero', /device/],
    ['/proc', /directory/],
  ])('is refused when it is %s', async (path, why) => {
    await expect(read(path)).rejects.toThrow(UsageError);
    await expect(read(path)).rejects.toThrow(why);
  });

  it('is refused behind a link, too', async () => {
    const link = join(folder, 'list.txt');
    symlinkSync('/proc/self/environ', link);
    await expect(read(link)).rejects.toThrow(/list.txt: it is one of the kernel/);
  });

  it('is refused as a list of exclusions, which fail closed', async () => {
    await expect(readExclusions(['/dev/zero'])).rejects.toMatchObject({ exitCode: 6 });
  });

  it('that nobody writes to does not keep the process from ending', async () => {
    const module = new URL('../../src/system/reading.ts', import.meta.url).href;
    const code = `import { openBytes } from '${module}';
      process.on('SIGTERM', () => process.exit(143));
      openBytes('${pipe}').on('data', () => {});
      console.log('waiting');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([143, null]);
  });
});

describe('a part of a list that is longer than any honest one', () => {
  it('is refused with its line when it is an element of a JSON document', async () => {
    const list = `[\n"${idOf(1)}",\n{"id":"${'x'.repeat(20_000_000)}"}\n]`;
    await expect(readNamed('list.json', list)).rejects.toThrow(/list.json:3: an element of more than 1048576 characters/);
  });

  it('goes into the rows by its beginning when it is a cell', async () => {
    const [row] = await readContent(`DeviceId,DeviceName\n${'y'.repeat(100_000)},${'z'.repeat(100_000)}\n`);
    expect([row?.text.length, row?.deviceName.length]).toEqual([500, 500]);
    expect(row?.text).toMatch(/^y+…$/);
  });
});
