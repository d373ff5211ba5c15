/** One list, from its bytes to its rows. */
import { extname } from 'node:path';
import type { WantedColumns } from './columns.ts';
import { textOf } from './decode.ts';
import { csv } from './csv.ts';
import type { AddRow, ListFormat } from './format.ts';
import { formats } from './formats.ts';

/** Characters that are looked at to tell the format. */
const HEAD = 64 * 1024;

/** Reads a list of any format. @throws UsageError naming file and line when it cannot be read to its end. */
export async function readList(file: string, bytes: AsyncIterable<Buffer>, wanted: WantedColumns, add: AddRow): Promise<void> {
  const text = textOf(file, bytes);
  const head = await headOf(text);
  await formatOf(file, head, wanted).read({ file, head, chunks: joined(head, text) }, wanted, add);
}

/** By content; the file's name decides only between formats that fit. */
function formatOf(file: string, head: string, wanted: WantedColumns): ListFormat {
  const fitting = formats.filter((format) => format.fits(head, wanted));
  const named = fitting.find(({ extensions }) => extensions.includes(extname(file).toLowerCase()));
  return named ?? fitting[0] ?? csv;
}

async function headOf(text: AsyncGenerator<string>): Promise<string> {
  let head = '';
  while (head.length < HEAD) {
    const { done, value } = await text.next();
    if (done === true) break;
    head += value;
  }
  return head;
}

async function* joined(head: string, text: AsyncIterable<string>): AsyncGenerator<string> {
  yield head;
  yield* text;
}
