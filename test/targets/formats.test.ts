import { describe, expect, it } from 'vitest';
import { readTargets } from '../../src/targets/index.ts';
import { cells, idOf, readContent, readNamed, streamOf, texts } from './support.ts';

describe('columns', () => {
  it.each(['machineId', 'machine_id', 'DeviceId', 'Device ID', 'ID', 'MACHINE-ID', '"Device Id"'])(
    'knows the header %s',
    async (header) => {
      expect(cells(await readContent(`Name,${header}\nx,a\n`))).toEqual([['a', '', 2]]);
    },
  );

  it('takes the more specific of two id columns, wherever they stand', async () => {
    expect(texts(await readContent('id,Device ID,DeviceId,machine_id\n1,2,3,4\n'))).toEqual(['4']);
    expect(texts(await readContent('id,Device ID,DeviceId\n1,2,3\n'))).toEqual(['3']);
    expect(texts(await readContent('[{"id":"1","deviceid":"2"}]'))).toEqual(['2']);
  });

  it('takes the column that was named, in any spelling', async () => {
    expect(texts(await readContent('Host Id,DeviceId\na,b\n', { column: 'host_id' }))).toEqual(['a']);
    expect(texts(await readContent('[{"Host Id":"a","DeviceId":"b"}]', { column: 'hostid' }))).toEqual(['a']);
  });

  it('takes names or Entra ids only when they are to be resolved and there is no id', async () => {
    const names = 'AadDeviceId,Device Name\ne,n\n';
    await expect(readContent(names)).rejects.toThrow('standard input:1: no column of machine ids; found: "AadDeviceId", "Device Name"');
    expect(texts(await readContent(names, { resolve: true }))).toEqual(['n']);
    expect(texts(await readContent('Azure AD Device ID,OS\ne,w\n', { resolve: true }))).toEqual(['e']);
    expect(texts(await readContent('DeviceName,DeviceId\nn,i\n', { resolve: true }))).toEqual(['i']);
  });

  it('reads a list without header from its first line when it has one column', async () => {
    expect(cells(await readNamed('a.csv', 'a,,\n"b",,\n'))).toEqual([
      ['a', '', 1],
      ['b', '', 2],
    ]);
  });

  it('keeps a row whose id is empty, and drops one that is empty altogether', async () => {
    expect(cells(await readContent('DeviceId,DeviceName\n,web01\n , \n\nb,\n'))).toEqual([
      ['', 'web01', 2],
      ['b', '', 5],
    ]);
    expect(cells(await readContent('[{"DeviceId":"a"},{"DeviceName":"web01","id":"other"}]'))).toEqual([
      ['a', '', 1],
      ['', 'web01', 1],
    ]);
  });

  it('fills in missing cells and ignores empty ones beyond the header', async () => {
    expect(cells(await readContent('id,DeviceName,OS\na\nb,web01,w,,\n'))).toEqual([
      ['a', '', 2],
      ['b', 'web01', 3],
    ]);
  });
});

describe('formats', () => {
  it.each([',', ';', '\t', '|'])('finds the delimiter %j, also when other delimiters stand in cells', async (delimiter) => {
    const list = [
      ['Tags', 'DeviceId'],
      ['"a;b,c\t|"', 'x'],
      ['', 'y'],
    ]
      .map((row) => row.join(delimiter))
      .join('\n');
    expect(texts(await readContent(list))).toEqual(['x', 'y']);
  });

  it("skips PowerShell's #TYPE line and honours Excel's sep=", async () => {
    expect(cells(await readContent('#TYPE Selected.Device\r\n"id","n"\r\n"a","b"\r\n'))).toEqual([['a', '', 3]]);
    expect(cells(await readContent('sep=|\r\nid|x,y;z\r\na|1\r\n'))).toEqual([['a', '', 3]]);
  });

  it('reads quoted cells with quotes, delimiters and line ends, and tells the line where the record begins', async () => {
    const list = 'id,DeviceName\r\n a , "x ""1"", y"\r\n"b","two\r\nlines"\r\nc,z';
    expect(cells(await readContent(list))).toEqual([
      ['a', 'x "1", y', 2],
      ['b', 'two\nlines', 3],
      ['c', 'z', 5],
    ]);
  });

  it('skips comments in a list of one column, with or without header', async () => {
    expect(cells(await readContent('# all\nDeviceId\na\n# rest\nb\n'))).toEqual([
      ['a', '', 3],
      ['b', '', 5],
    ]);
    expect(cells(await readContent('# first, second\na\n\n # rest; more\nb'))).toEqual([
      ['a', '', 2],
      ['b', '', 5],
    ]);
  });

  it('reads every shape of JSON', async () => {
    const objects = '{"id":"a","computerDnsName":"web01"},\n{"ID":" b "}';
    const expected = [
      ['a', 'web01', 1],
      ['b', '', 2],
    ];
    expect(cells(await readContent(`[${objects}]`))).toEqual(expected);
    expect(cells(await readContent(`{"@odata.context":"x","value":[${objects}],"n":{"a":[1]}}`))).toEqual(expected);
    expect(cells(await readContent(`{"Results":[${objects}]}`))).toEqual(expected);
    expect(cells(await readContent('\n["a",\n\n"b\\"{"]'))).toEqual([
      ['a', '', 2],
      ['b"{', '', 4],
    ]);
  });

  it('reads NDJSON, of one line too', async () => {
    expect(cells(await readContent('{"DeviceId":"a"}\n\n{"DeviceId":"b","DeviceName":"x"}\n'))).toEqual([
      ['a', '', 1],
      ['b', 'x', 3],
    ]);
    expect(texts(await readContent('{"machineId":"a"}'))).toEqual(['a']);
    expect(texts(await readNamed('a.ndjson', '"a\\u0062"\n"c"\n'))).toEqual(['ab', 'c']);
  });

  it('shows the JSON of what is no text where an id should be', async () => {
    const list = `[{"id":7},null,{"id":null},{"id":{"x":["${'y'.repeat(200)}"]}},true]`;
    expect(texts(await readContent(list))).toEqual(['7', 'null', 'null', `{"x":["${'y'.repeat(92)}…`, 'true']);
    expect(texts(await readContent(`[{"id":${'['.repeat(50_000)}${']'.repeat(50_000)}}]`))).toEqual(['[…]']);
  });

  it('takes a GUID in braces for text, not for JSON', async () => {
    expect(texts(await readContent('{8b1f3c9e-0000-4000-8000-000000000001}\n'))).toEqual(['{8b1f3c9e-0000-4000-8000-000000000001}']);
  });

  it.each(['', '\n\n', '[]', '{"value":[]}', 'DeviceId,DeviceName\n', '# nothing\n', '\ufeff'])('reads no row from %j', async (list) => {
    expect(await readContent(list)).toEqual([]);
  });
});

describe('sources', () => {
  it('counts rows over all of them and names each', async () => {
    const rows = await readTargets([
      { kind: 'machine', id: ' m1 ' },
      { kind: 'stdin', stream: streamOf('id\na\nb\n') },
      { kind: 'file', path: 'fixtures/lists/ids.txt' },
      { kind: 'machine', id: 'm2' },
    ]);
    expect(Array.from(rows, ({ row, file, line }) => [row, file, line])).toEqual([
      [1, '--machine', 1],
      [2, 'standard input', 2],
      [3, 'standard input', 3],
      [4, 'fixtures/lists/ids.txt', 3],
      [5, 'fixtures/lists/ids.txt', 4],
      [6, 'fixtures/lists/ids.txt', 7],
      [7, '--machine', 2],
    ]);
  });

  it('reads a hundred thousand ids in each format, with the last line number right', async () => {
    const ids = Array.from({ length: 100_000 }, (_, index) => idOf(index));
    const last = [ids.at(-1), '', 100_000];
    expect(cells(await readNamed('a.txt', ids.join('\n'))).at(-1)).toEqual(last);
    expect(cells(await readNamed('a.csv', ids.map((id) => `"${id}"`).join('\r\n'))).at(-1)).toEqual(last);
    expect(cells(await readNamed('a.json', `[${ids.map((id) => `"${id}"`).join(',\n')}]`)).at(-1)).toEqual(last);
    expect(cells(await readNamed('a.jsonl', ids.map((id) => `{"id":"${id}"}`).join('\n'))).at(-1)).toEqual(last);
  });
});
