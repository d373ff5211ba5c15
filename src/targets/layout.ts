/** Where the records of a CSV list begin and what separates their cells. */
import { isHeader, type WantedColumns } from './columns.ts';
import { newlines } from './decode.ts';
import { isComment } from './lines.ts';

export interface Layout {
  /** Characters before the first record: blank lines, comments (PowerShell's `#TYPE`), Excel's `sep=`. */
  readonly start: number;
  /** The line of the first record. */
  readonly line: number;
  readonly delimiter: string;
}

const DELIMITERS = [',', ';', '\t', '|'];
const LOOKED_AT = 20;

/** Reads the layout off the beginning of a list. */
export function layoutOf(head: string, wanted: WantedColumns): Layout {
  const said = /^sep=([^\n])\n/i.exec(head);
  const start = startOf(head, said?.[0].length ?? 0, wanted);
  const delimiter = said?.[1] ?? delimiterOf(records(head.slice(start)), wanted);
  return { start, line: 1 + newlines(head, 0, start), delimiter };
}

function startOf(head: string, from: number, wanted: WantedColumns): number {
  let at = from;
  for (let end = head.indexOf('\n', at); end >= 0; end = head.indexOf('\n', at)) {
    const line = head.slice(at, end);
    if (line.trim() !== '' && !(isComment(line) && !holdsHeader(line, wanted))) break;
    at = end + 1;
  }
  return at;
}

/** The portal's lists may begin with a column called `#`. */
function holdsHeader(line: string, wanted: WantedColumns): boolean {
  return DELIMITERS.some((delimiter) => isHeader(cells(line, delimiter), wanted));
}

/** The delimiter that makes a header of the first record, else the one that cuts most lines into as many cells as the first. */
function delimiterOf(lines: readonly string[], wanted: WantedColumns): string {
  const [first = ''] = lines;
  const heading = DELIMITERS.filter((delimiter) => isHeader(cells(first, delimiter), wanted));
  const candidates = heading.length > 0 ? heading : DELIMITERS;
  const scored = candidates.map((delimiter) => ({ delimiter, score: score(lines, delimiter) }));
  return scored.reduce((best, other) => (other.score > best.score ? other : best)).delimiter;
}

function score([first = '', ...others]: readonly string[], delimiter: string): number {
  const { length } = cells(first, delimiter);
  if (length === 1) return 0;
  return 1 + length / 1000 + others.filter((line) => cells(line, delimiter).length === length).length;
}

/** The first records; line ends in quotes do not end one. The last may be cut. */
function records(text: string): string[] {
  return split(text, '\n')
    .filter((record) => record.trim() !== '')
    .slice(0, LOOKED_AT);
}

/** The cells of a record, without their quotes. */
function cells(record: string, delimiter: string): string[] {
  return split(record, delimiter).map((cell) => cell.trim().replaceAll(/^"|"$/g, '').trim());
}

/** Splits at a character, but not inside quotes. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let isQuoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') isQuoted = !isQuoted;
    if (isQuoted || text[at] !== separator) continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  return [...parts, text.slice(start)];
}
