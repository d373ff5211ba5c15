import { describe, expect, it } from 'vitest';
import { GuardError } from '../../src/core/errors.ts';
import { readExclusions } from '../../src/targets/index.ts';
import { idOf, inFile } from './support.ts';

function read(name: string, content: string | Buffer): Promise<[string, number][]> {
  return inFile(name, content, async (path) => (await readExclusions([path])).map(({ text, line }) => [text, line]));
}

describe('readExclusions', () => {
  it('reads ids, names, tags and groups, one a line, whatever stands in a tag', async () => {
    const content = `# domain controllers\n${idOf(1)}\n\n dc01.contoso.com \ntag:Tier 0, "gold"; x\ngroup:Servers | Berlin\n`;
    expect(await read('x.txt', content)).toEqual([
      [idOf(1), 2],
      ['dc01.contoso.com', 4],
      ['tag:Tier 0, "gold"; x', 5],
      ['group:Servers | Berlin', 6],
    ]);
  });

  it('takes the id of a list with columns, and the name where there is none', async () => {
    expect(await read('x.csv', 'Device Name;Device ID\nweb01;a\ndc01;\n')).toEqual([
      ['a', 2],
      ['dc01', 3],
    ]);
    expect(await read('x.csv', 'DeviceName,OS\nweb01,w\n')).toEqual([['web01', 2]]);
    expect(await read('x.json', '{"value":[{"id":"a","computerDnsName":"b"}]}')).toEqual([['a', 1]]);
    expect(await read('x.json', '["tag:x",\n"web01"]')).toEqual([
      ['tag:x', 1],
      ['web01', 2],
    ]);
  });

  it('names the file of each entry and keeps their order', async () => {
    await inFile('a.txt', 'one\ntwo\n', async (path) => {
      expect(await readExclusions([path, path])).toEqual(
        [1, 2].flatMap(() => [
          { text: 'one', file: path, line: 1 },
          { text: 'two', file: path, line: 2 },
        ]),
      );
    });
  });

  it.each([
    ['a,b\nc,d\n', /x\.txt:1: no column of machine ids/],
    ['\0\u0001', /x\.txt:1: binary data/],
    ['["a"', /x\.txt:1: the JSON document ends in the middle/],
    ['DeviceId,DeviceName,OS\n,,w\n', /x\.txt:2: this exclusion names no machine/],
  ])('stops the run for %j', async (content, message) => {
    const reading = read('x.txt', content);
    await expect(reading).rejects.toThrow(GuardError);
    await expect(reading).rejects.toThrow(message);
  });

  it('stops the run when the file is missing', async () => {
    await expect(readExclusions(['none.txt'])).rejects.toMatchObject({
      exitCode: 6,
      message: 'exclusions: cannot read none.txt: no such file',
    });
  });
});
