import { describe, expect, it } from 'vitest';
import { GuardError, UsageError } from '../../src/core/errors.ts';
import { readExclusions } from '../../src/targets/index.ts';
import { idOf, inFile } from './support.ts';

function read(name: string, content: string | Buffer): Promise<[string, number][]> {
  return inFile(name, content, async (path) => (await readExclusions([path])).entries.map(({ written, line }) => [written, line]));
}

describe('readExclusions', () => {
  it('reads one entry a line, comments left out, whatever stands in a tag', async () => {
    const content = `# domain controllers\n${idOf(1)} # dc1\n\n dc01.contoso.com \ntag:Tier 0, "gold"; x\ngroup:Servers | Berlin\nname:dc*\nos:WindowsServer*\n`;
    expect(await read('x.txt', content)).toEqual([
      [idOf(1), 2],
      ['dc01.contoso.com', 4],
      ['tag:Tier 0, "gold"; x', 5],
      ['group:Servers | Berlin', 6],
      ['name:dc*', 7],
      ['os:WindowsServer*', 8],
    ]);
  });

  it('reads a file whatever it is called, and however an editor of Windows saved it', async () => {
    expect(await read('x.csv', '\ufeffdc01\r\ndc02\r\n')).toEqual([
      ['dc01', 1],
      ['dc02', 2],
    ]);
    expect(await read('x', Buffer.from('\ufeffdc01\r\n', 'utf16le'))).toEqual([['dc01', 1]]);
  });

  it('keeps the order of files and of what was typed, with their places', async () => {
    await inFile('a.txt', 'one\ntwo\n', async (path) => {
      const { entries } = await readExclusions([path, path], ['tag:x', 'three']);
      expect(entries.map(({ written, file, line }) => [written, file, line])).toEqual([
        ['one', path, 1],
        ['two', path, 2],
        ['one', path, 1],
        ['two', path, 2],
        ['tag:x', '--exclude-machine', 1],
        ['three', '--exclude-machine', 2],
      ]);
    });
  });

  it.each(['', '\n\n', '# nothing yet\n'])('names a file without entries: %j', async (content) => {
    await inFile('a.txt', content, async (path) => {
      expect(await readExclusions([path])).toEqual({ entries: [], emptyFiles: [path] });
    });
  });

  it.each([
    ['dc01\ndc*\n', /x\.txt:2: "dc\*" is no exclusion: a pattern/, 'Write name:dc*'],
    [`${idOf(1)} ${idOf(2)}\n`, /x\.txt:1: .*more than one entry/, expect.stringContaining('one entry a line')],
    ['DeviceId\n0\n', /x\.txt:1: "DeviceId" looks like a column/, expect.stringContaining('header')],
    ['DeviceId,DeviceName\n', /x\.txt:1: /, expect.stringContaining('one entry a line')],
    ['["dc01"]', /x\.txt:1: /, expect.any(String)],
  ])('is exit 2 with file and line for %j', async (content, message, hint) => {
    const reading = read('x.txt', content);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toBeInstanceOf(UsageError);
    await expect(reading).rejects.toMatchObject({ exitCode: 2, hint });
  });

  it.each(['', '  ', '# dc'])('is exit 2 for an --exclude-machine of %j', async (text) => {
    await expect(readExclusions([], [text])).rejects.toMatchObject({ exitCode: 2, message: '--exclude-machine:1: names no machine' });
  });

  it('stops the run for what is no text', async () => {
    const reading = read('x.txt', '\0\u0001');
    await expect(reading).rejects.toThrow(GuardError);
    await expect(reading).rejects.toThrow(/x\.txt:1: binary data/);
  });

  it('stops the run when the file is missing', async () => {
    await expect(readExclusions(['none.txt'])).rejects.toMatchObject({
      exitCode: 6,
      message: 'exclusions: cannot read none.txt: no such file',
    });
  });
});
