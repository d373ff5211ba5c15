/** Telling from a file's first bytes how its text is written, or that it is no text. */
import { isUtf8 } from 'node:buffer';
import { UsageError } from '../core/errors.ts';

/** Turns bytes into text, piece by piece. */
export interface Decoder {
  /** `last` is true for the final piece (which may be empty). @throws TypeError for bytes that are no text. */
  decode(bytes: Buffer, last: boolean): string;
  /** Index of a character that no text in this encoding has, or -1. */
  junkIn(text: string): number;
}

interface Magic {
  readonly bytes: readonly number[];
  readonly what: string;
  readonly hint: string;
}
const SAVE_AS_CSV = 'Save it as CSV (UTF-8) and give that file.';
const UNPACK = 'Unpack it and give the file inside.';
const MAGICS: readonly Magic[] = [
  { bytes: [0x1f, 0x8b], what: 'a gzip archive', hint: UNPACK },
  { bytes: [0x50, 0x4b, 3, 4], what: 'a zip archive', hint: UNPACK },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], what: 'an Excel workbook (xls)', hint: SAVE_AS_CSV },
  { bytes: [0x25, 0x50, 0x44, 0x46], what: 'a PDF document', hint: SAVE_AS_CSV },
];
const EXCEL = { what: 'an Excel workbook (xlsx)', hint: SAVE_AS_CSV };

/** The decoder for a file that begins with these bytes. @throws UsageError for an archive or a workbook. */
export function decoderFor(file: string, head: Buffer): Decoder {
  const magic = MAGICS.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte));
  if (magic) {
    const { what, hint } = head.includes('[Content_Types].xml') || head.includes('xl/') ? EXCEL : magic;
    throw new UsageError(`${file}: this is ${what}, not a list`, { hint });
  }
  return wide(head) ?? utf8OrWindows();
}

/** By byte order mark, else by where the zero bytes stand: ids are ASCII, so every other byte of theirs is one. */
function wide(head: Buffer): Decoder | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return utf16('utf-16le', nulIn);
  if (head[0] === 0xfe && head[1] === 0xff) return utf16('utf-16be', nulIn);
  const zeros = [0, 0];
  for (const [index, byte] of head.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const enough = head.length / 8;
  if (odd > enough && odd > 8 * even) return utf16('utf-16le', controlIn);
  if (even > enough && even > 8 * odd) return utf16('utf-16be', controlIn);
  return undefined;
}

function utf16(label: string, junkIn: Decoder['junkIn']): Decoder {
  const decoder = new TextDecoder(label, { fatal: true });
  return { decode: (bytes, last) => decoder.decode(bytes, { stream: !last }), junkIn };
}

/**
 * UTF-8 until a byte says otherwise, from there on windows-1252: Excel in Europe writes it, and the ids read the same in both.
 * Bytes that windows-1252 has no character for, and control characters, then mean that this is no text at all.
 */
function utf8OrWindows(): Decoder {
  const windows = new TextDecoder('windows-1252');
  let isWindows = false;
  let carried: Buffer = Buffer.alloc(0);
  return {
    decode: (bytes, last) => {
      const all = carried.length === 0 ? bytes : Buffer.concat([carried, bytes]);
      const whole = isWindows || last ? all : all.subarray(0, endOfWhole(all));
      carried = all.subarray(whole.length);
      isWindows ||= !isUtf8(whole);
      return isWindows ? windows.decode(whole) : whole.toString('utf8');
    },
    junkIn: (text) => (isWindows ? controlIn(text) : nulIn(text)),
  };
}

function nulIn(text: string): number {
  return text.indexOf('\0');
}

function controlIn(text: string): number {
  return text.search(/[^\P{Cc}\t\n\v\f\r]/u);
}

/** Length without a multi-byte character that has only begun. */
function endOfWhole(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    const length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (length > back) return bytes.length - back;
    // 0x80 to 0xbf go on with a character that began further back.
    if (byte < 0x80 || length > 1) break;
  }
  return bytes.length;
}
