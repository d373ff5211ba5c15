/** CSV and its kin: any of four delimiters, with or without a header. */
import { pipeline } from 'node:stream/promises';
import { CsvError, parse, type Parser } from 'csv-parse';
import { complaint } from './complaint.ts';
import { MAX_RECORD, type ListFormat } from './format.ts';
import { looksLikeJson } from './json-text.ts';
import { layoutOf, type Layout } from './layout.ts';
import { Table } from './table.ts';

export const csv: ListFormat = {
  name: 'csv',
  extensions: ['.csv', '.tsv', '.tab'],
  fits: (head) => !looksLikeJson(head),
  read: async (list, wanted, add) => {
    const layout = layoutOf(list.head, wanted);
    const table = new Table(list.file, wanted, add);
    let line = layout.line;
    const parser = parserOf(layout, (record, lastLine) => {
      table.take(record, line);
      line = layout.line + lastLine;
    });
    try {
      await pipeline(after(list.chunks, layout.start), parser.resume());
    } catch (error) {
      throw error instanceof CsvError ? explained(error, list.file, line, layout.line - 1 + parser.info.lines) : error;
    }
  },
};

/**
 * Records are taken as they are parsed, not read from the stream: so a record's line is known when the next one breaks.
 * `lastLine` counts from 1 at the layout's start.
 */
function parserOf({ delimiter }: Layout, take: (record: readonly string[], lastLine: number) => void): Parser {
  return parse({
    delimiter,
    record_delimiter: '\n',
    relax_column_count: true,
    max_record_size: MAX_RECORD,
    trim: true,
    on_record: (record, { lines }) => {
      take(record, lines);
      return null;
    },
  });
}

async function* after(chunks: AsyncIterable<string>, start: number): AsyncGenerator<string> {
  let left = start;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.slice(left);
    left = Math.max(0, left - chunk.length);
  }
}

/** A quote that is left open shows only where the next quote stands, or never. */
function explained(error: CsvError, file: string, line: number, lastLine: number): Error {
  const place = line === lastLine ? '' : ` (noticed on line ${lastLine})`;
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return complaint(file, line, 'a quote opened in this record is never closed');
  if (error.code === 'CSV_MAX_RECORD_SIZE') return complaint(file, line, `${TOO_LONG}${place}: is a quote left open?`);
  return complaint(file, line, `a quote in the wrong place in this record${place}`, QUOTES);
}
const TOO_LONG = `a record of more than ${MAX_RECORD} characters`;
const QUOTES = 'A cell with quotes in it is written "like ""this""".';
