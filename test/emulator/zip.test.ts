import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { zipOf } from '../../src/emulator/zip.ts';

interface Entry {
  readonly name: string;
  readonly content: Buffer;
  readonly sound: boolean;
}

/** Reads a zip from its end, as other programs do: directory first, then the entry that it points to. */
function entriesOf(zip: Buffer): Entry[] {
  const end = zip.lastIndexOf(Buffer.from('504b0506', 'hex'));
  const entries: Entry[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = zip.readUInt16LE(at + 28);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const content = zip.subarray(start, start + zip.readUInt32LE(at + 24));
    const signatures = [zip.toString('hex', at, at + 4), zip.toString('hex', local, local + 4)].join() === '504b0102,504b0304';
    const sums = [zip.readUInt32LE(at + 16), zip.readUInt32LE(local + 14)].every((sum) => sum === crc32(content));
    entries.push({ name: zip.toString('utf8', at + 46, at + 46 + nameLength), content, sound: signatures && sums });
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

it('is read from its directory, each entry whole', () => {
  const given: [string, Buffer][] = [
    ['a.txt', Buffer.from('hello')],
    ['b/c.bin', Buffer.alloc(100_000, 'x')],
  ];
  expect(entriesOf(zipOf(given))).toStrictEqual(given.map(([name, content]) => ({ name, content, sound: true })));
});
