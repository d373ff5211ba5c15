/** A zip file of entries that are stored as they are: made of the same bytes always, for no date is the day's. */
import { crc32 } from 'node:zlib';

/** The first day that the format knows. */
const DATE = 0x21;

/** A whole file of these entries, name and content. */
export function zipOf(entries: readonly (readonly [string, Uint8Array])[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of entries) {
    const local = Buffer.concat([headerOf(0x04034b50, 4, name, content), Buffer.from(name), content]);
    directory.push(centralOf(name, content, at));
    locals.push(local);
    at += local.length;
  }
  return Buffer.concat([...locals, ...directory, endOf(entries.length, at, Buffer.concat(directory).length)]);
}

/** What both headers of an entry have in common, written after the signature and (in the directory) the maker's version. */
function headerOf(signature: number, offset: 4 | 6, name: string, content: Uint8Array): Buffer {
  const header = Buffer.alloc(26 + offset);
  header.writeUInt32LE(signature, 0);
  header.writeUInt16LE(20, offset);
  header.writeUInt16LE(DATE, offset + 8);
  header.writeUInt32LE(crc32(content), offset + 10);
  header.writeUInt32LE(content.length, offset + 14);
  header.writeUInt32LE(content.length, offset + 18);
  header.writeUInt16LE(Buffer.byteLength(name), offset + 22);
  return header;
}

function centralOf(name: string, content: Uint8Array, at: number): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(at, 10);
  return Buffer.concat([headerOf(0x02014b50, 6, name, content), rest, Buffer.from(name)]);
}

function endOf(count: number, offset: number, size: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
