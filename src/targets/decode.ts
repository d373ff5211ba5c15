/** From bytes to text with one kind of line end. */
import { complaint } from './complaint.ts';
import { decoderFor, type Decoder } from './encoding.ts';

/** Bytes that are looked at to tell the encoding. */
const ENOUGH = 4096;
const SAVE_AS_UTF8 = 'Give a text file: CSV, JSON, NDJSON or one id a line, saved as UTF-8.';

/**
 * The text of a list in pieces: line ends are `\n`, no byte order mark.
 * @throws UsageError for what is no text, naming the line.
 */
export async function* textOf(file: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let decoder: Decoder | undefined;
  let held = '';
  let isStart = true;
  let line = 1;
  for await (const { chunk, last } of pieces(bytes)) {
    decoder ??= decoderFor(file, chunk);
    const text: string = held + withoutMark(decodedText(file, line, decoder, chunk, last), isStart);
    isStart &&= text === '';
    // A carriage return at the end may be the first half of a line end.
    held = !last && text.endsWith('\r') ? '\r' : '';
    const ready = unixLines(held === '' ? text : text.slice(0, -1));
    line += newlines(ready);
    if (ready !== '') yield ready;
  }
}

function decodedText(file: string, line: number, decoder: Decoder, chunk: Buffer, last: boolean): string {
  try {
    const text = decoder.decode(chunk, last);
    const junk = decoder.junkIn(text);
    if (junk < 0) return text;
    throw complaint(file, line + newlines(unixLines(text.slice(0, junk))), 'binary data, not text', SAVE_AS_UTF8);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw complaint(file, line, 'broken UTF-16 text from here on', SAVE_AS_UTF8);
  }
}

/** The first piece is long enough to tell the encoding, the last one is empty. */
async function* pieces(bytes: AsyncIterable<Buffer>): AsyncGenerator<{ chunk: Buffer; last: boolean }> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of bytes) {
    if (head !== undefined) head = Buffer.concat([head, chunk]);
    if (head !== undefined && head.length < ENOUGH) continue;
    yield { chunk: head ?? chunk, last: false };
    head = undefined;
  }
  yield { chunk: head ?? Buffer.alloc(0), last: true };
}

function withoutMark(text: string, isStart: boolean): string {
  return isStart && text.startsWith('\ufeff') ? text.slice(1) : text;
}

function unixLines(text: string): string {
  return text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
}

/** How many line ends a text holds. */
export function newlines(text: string, from = 0, to = text.length): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
