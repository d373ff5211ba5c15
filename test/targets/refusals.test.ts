import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { readTargets } from '../../src/targets/index.ts';
import { readContent, streamOf } from './support.ts';

/** The message that a list is refused with. */
async function refusal(content: string | Buffer, column?: string): Promise<string> {
  const error: unknown = await readContent(content, column === undefined ? {} : { column }).catch((error: unknown) => error);
  return error instanceof UsageError ? error.message.replace(/^standard input/, 'list') : `not refused: ${JSON.stringify(error)}`;
}

describe('lists that cannot be read', () => {
  it.each([
    ['a,b\nc,d\n', 'list:1: no column of machine ids; found: "a", "b"'],
    ['{"error":{"code":"Unauthorized"}}', 'list:1: no column of machine ids; found: "error"'],
    ['{\n"tables":[]\n}', 'list:1: an object with no list of machines in it'],
    ['{"value":[],"Results":[]}', 'list:1: an object with two lists of machines in it'],
    ['["a",\n["b"]]', 'list:2: an array inside the list'],
    ['id,n\na,b\nc,d,e\n', 'list:3: 3 cells where the first record has 2 ("e" is too many)'],
    ['a\nb,c\n', 'list:2: 2 cells where the first record has 1 ("c" is too many)'],
  ])('says what is wrong with the columns of %j', async (content, message) => {
    expect(await refusal(content)).toBe(message);
  });

  it.each([
    ['DeviceId,Host\na,b\n', 'list:1: no column "x"; found: "DeviceId", "Host"'],
    ['[{"id":"a"}]', 'list:1: no column "x"; found: "id"'],
    ['["a"]', 'list:1: no column "x"; the list has no header'],
    ['a\nb\n', 'list:1: no column "x"; the list has no header'],
  ])('does not guess when the column that was named is not in %j', async (content, message) => {
    expect(await refusal(content, 'x')).toBe(message);
  });

  it.each([
    ['id,n\n1,"x\n2,y\n', 'list:2: a quote opened in this record is never closed'],
    ['id,n\n1,"x\n2,"y"\n', 'list:2: a quote in the wrong place in this record (noticed on line 3)'],
    ['id,n\n1,5" disk\n', 'list:2: a quote in the wrong place in this record'],
    [
      `id,n\n1,"x\n${'2,y\n'.repeat(300_000)}`,
      'list:2: a record of more than 1048576 characters (noticed on line 262146): is a quote left open?',
    ],
  ])('names the line where a quote goes wrong', async (content, message) => {
    expect(await refusal(content)).toBe(message);
  });

  it.each([
    ['{"value":[\n{"id":"a"},\n{"id":"b', 'list:3: the JSON document ends in the middle: is the file cut off?'],
    ['["a",\n"b"', 'list:2: the JSON document ends in the middle: is the file cut off?'],
    ['["a",]', 'list:1: broken JSON: a value is missing'],
    ['["a"\n"b"]', 'list:2: broken JSON: "]" is missing'],
    ['["a"]\n["b"]', 'list:2: broken JSON: more follows after the end of the JSON document'],
    ['[\n{"id":"a",}]', 'list:2: not JSON: Expected double-quoted property name'],
    ['[{"id":"a"]}]', "list:1: not JSON: Expected ',' or '}' after property value"],
    ['{"id":"a"}\n{"id":', 'list:2: not JSON: Unexpected end of JSON input'],
  ])('names the line where JSON breaks: %j', async (content, message) => {
    expect(await refusal(content)).toBe(message);
  });

  it.each([
    ['id,n\na,b\n\0,c', 'list:3: binary data, not text'],
    [Buffer.from([1, 200, 3, 4, 5, 255, 254]), 'list:1: binary data, not text'],
    [Buffer.from('\ufeffid\na\n\0', 'utf16le'), 'list:3: binary data, not text'],
    [Buffer.from('\ufeffid\na', 'utf16le').subarray(0, -1), 'list:1: broken UTF-16 text from here on'],
    [Buffer.from([0x1f, 0x8b, 8, 0]), 'list: this is a gzip archive, not a list'],
    ['PK\u0003\u0004 list.csv', 'list: this is a zip archive, not a list'],
    ['PK\u0003\u0004 [Content_Types].xml', 'list: this is an Excel workbook (xlsx), not a list'],
  ])('does not take %j for text', async (content, message) => {
    expect(await refusal(content)).toBe(message);
  });

  it.each(['x', 'a,"'])('gives up an endless line that goes on and on after %j', async (start) => {
    let given = 0;
    const endless = Readable.from(
      (function* piecesOf(): Generator<Buffer> {
        yield Buffer.from(start);
        for (;;) {
          given += 65_536;
          yield Buffer.alloc(65_536, 'x');
        }
      })(),
    );
    const read = readTargets([{ kind: 'stdin', stream: endless }], { column: 'x' });
    await expect(read).rejects.toThrow(UsageError);
    expect(given).toBeLessThan(8 * 1024 * 1024);
  });

  it('says why a file cannot be read', async () => {
    await expect(readTargets([{ kind: 'file', path: 'fixtures' }])).rejects.toThrow('cannot read fixtures: it is a directory');
    await expect(readTargets([{ kind: 'file', path: 'none.csv' }])).rejects.toThrow('cannot read none.csv: no such file');
  });

  it('reads standard input once', async () => {
    const stdin = { kind: 'stdin', stream: streamOf('a') } as const;
    await expect(readTargets([stdin, stdin])).rejects.toThrow('standard input can be read only once');
  });

  it('suggests --column and --resolve', async () => {
    await expect(readContent('a,b\n')).rejects.toMatchObject({
      exitCode: 2,
      hint: 'Name the column with --column; --resolve takes device names or Entra device ids instead.',
    });
  });
});
