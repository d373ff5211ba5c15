/** Lists that are read line by line. */
import { complaint } from './complaint.ts';
import { MAX_RECORD, type ListText } from './format.ts';

/** Hands every line that is not blank to `take`, with its number. @throws UsageError for an endless line. */
export async function eachLine(list: ListText, take: (text: string, line: number) => void): Promise<void> {
  let rest = '';
  let line = 1;
  for await (const chunk of list.chunks) {
    const text = rest + chunk;
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      takeLine(text.slice(start, end), line);
      start = end + 1;
      line += 1;
    }
    rest = text.slice(start);
    checkLength(list.file, rest, line);
  }
  takeLine(rest, line);

  function takeLine(text: string, at: number): void {
    checkLength(list.file, text, at);
    if (text.trim() !== '') take(text, at);
  }
}

/** The lines at the beginning of a list that say something; the last may be cut. */
export function contentLines(head: string): string[] {
  return head.split('\n').filter((line) => line.trim() !== '' && !isComment(line));
}

/** In a list of one column, a line that begins with `#` says nothing about machines. */
export function isComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}

function checkLength(file: string, text: string, line: number): void {
  if (text.length > MAX_RECORD) throw complaint(file, line, `a line of more than ${MAX_RECORD} characters: is this a list?`);
}
