import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idOf, readContent, texts } from './support.ts';

interface Written {
  readonly id: string;
  readonly name: string;
}

const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with BOM': (text) => Buffer.from(`\ufeff${text}`),
  'UTF-16 LE': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'UTF-16 BE': (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
};

const special = fc.constantFrom('"', ',', ';', '\t', '|', '\n', '\r\n', '#', '\\', '{', '[', 'é', '😀', '=');
const character = fc.oneof({ weight: 3, arbitrary: fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }) }, special);
const cell = fc.array(character, { maxLength: 12 }).map((parts) => parts.join(''));
const rows = fc.array(fc.record({ id: cell.filter((id) => id.trim() !== ''), name: cell }), { maxLength: 30 });
const encoding = fc.constantFrom(...Object.values(ENCODINGS));

/** All cells in quotes, or only those that need them. */
function separated(written: readonly Written[], delimiter: string, lineEnd: string, always: boolean): string {
  const quoted = (text: string): string =>
    always || /[",;|\s]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
  const records = [['DeviceId', 'DeviceName'], ...written.map(({ id, name }) => [id, name])];
  return records.map((record) => record.map(quoted).join(delimiter) + lineEnd).join('');
}

async function reread(content: Buffer): Promise<Written[]> {
  return (await readContent(content)).map(({ text, deviceName }) => ({ id: text, name: deviceName }));
}

function trimmed(written: readonly Written[], clean: (text: string) => string = String): Written[] {
  return written.map(({ id, name }) => ({ id: clean(id).trim(), name: clean(name).trim() }));
}

function unixLines(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n');
}

describe('any rows read back the same', () => {
  it('written as CSV with any delimiter, line end, quoting and encoding', async () => {
    const delimiter = fc.constantFrom(',', ';', '\t', '|');
    const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
    await fc.assert(
      fc.asyncProperty(rows, delimiter, lineEnd, fc.boolean(), encoding, async (written, delimiter, lineEnd, always, encode) => {
        const content = encode(separated(written, delimiter, lineEnd, always));
        expect(await reread(content)).toEqual(trimmed(written, unixLines));
      }),
      { numRuns: 300 },
    );
  });

  it('written as JSON in any shape, indented or not, in any encoding', async () => {
    const shape = fc.constantFrom(
      (list: object) => list,
      (list: object) => ({ '@odata.context': 'x', value: list }),
      (list: object) => ({ Schema: [{ Name: 'DeviceId' }], Results: list }),
    );
    await fc.assert(
      fc.asyncProperty(rows, shape, fc.constantFrom(0, 2), encoding, async (written, shape, indent, encode) => {
        const list = written.map(({ id, name }) => ({ computerDnsName: name, id }));
        expect(await reread(encode(JSON.stringify(shape(list), null, indent)))).toEqual(trimmed(written));
      }),
      { numRuns: 300 },
    );
  });

  it('written as NDJSON in any encoding', async () => {
    await fc.assert(
      fc.asyncProperty(rows, encoding, async (written, encode) => {
        const lines = written.map(({ id, name }) => JSON.stringify({ DeviceName: name, DeviceId: id }));
        expect(await reread(encode(lines.join('\n')))).toEqual(trimmed(written));
      }),
      { numRuns: 300 },
    );
  });

  it('as plain text in any encoding, with or without a byte order mark', async () => {
    const ids = fc.array(fc.integer({ min: 0, max: 1e6 }).map(idOf), { minLength: 1, maxLength: 200 });
    const bare = fc.constantFrom(
      (text: string) => Buffer.from(text, 'utf16le'),
      (text: string) => Buffer.from(text, 'utf16le').swap16(),
    );
    await fc.assert(
      fc.asyncProperty(ids, fc.oneof(encoding, bare), fc.constantFrom('\n', '\r\n'), async (written, encode, lineEnd) => {
        expect(texts(await readContent(encode(written.join(lineEnd))))).toEqual(written);
      }),
    );
  });

  it.each(Object.entries(ENCODINGS))('in %s, cut anywhere into small pieces', async (_, encode) => {
    const written = Array.from({ length: 2000 }, (_, index) => ({ id: idOf(index), name: `größe-😀-${index}\n"x"` }));
    expect(await reread(encode(separated(written, ';', '\r\n', true)))).toEqual(written);
  });

  it('in windows-1252, when a name shows late that it is not UTF-8', async () => {
    const start = `DeviceId;DeviceName\n${`${idOf(1)};web\n`.repeat(500)}`;
    const content = Buffer.concat([
      Buffer.from(`${start}${idOf(2)};M`),
      Buffer.from([0xfc]),
      Buffer.from('nchen '),
      Buffer.from([0x80, 0x0a]),
    ]);
    expect((await reread(content)).at(-1)).toEqual({ id: idOf(2), name: 'München €' });
  });
});
