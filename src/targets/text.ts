/** Plain text: one machine a line, `#` for comments. */
import { isHeader, noColumn, type WantedColumns } from './columns.ts';
import type { ListFormat } from './format.ts';
import { contentLines, eachLine, isComment } from './lines.ts';

export const text: ListFormat = {
  name: 'text',
  extensions: ['.txt', '.list', '.lst'],
  fits: (head, wanted) => {
    const lines = contentLines(head);
    return !startsWithHeader(lines, wanted) && lines.every(isPlain);
  },
  read: async (list, wanted, add) => {
    await eachLine(list, (line, number) => {
      if (isComment(line)) return;
      if (wanted.column !== undefined) throw noColumn(list.file, number, [], wanted);
      add(line, '', number);
    });
  },
};

function startsWithHeader([first]: readonly string[], wanted: WantedColumns): boolean {
  return first !== undefined && isHeader([first], wanted);
}

/** A tag or a device group may have anything in its name. */
function isPlain(line: string): boolean {
  return /^\s*(tag|group):/i.test(line) || !/[",;|]|\S\t/.test(line);
}
