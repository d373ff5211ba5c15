/** NDJSON (JSON Lines): one object or id a line. */
import { FieldReader } from './fields.ts';
import type { ListFormat } from './format.ts';
import { isRecord, parsed } from './json-text.ts';
import { eachLine } from './lines.ts';

export const ndjson: ListFormat = {
  name: 'ndjson',
  extensions: ['.ndjson', '.jsonl'],
  fits: (head) => {
    const [first = ''] = head.trimStart().split('\n', 1);
    // A first line that is longer than the head may belong to either kind of JSON.
    return isRecord(first) || (first.startsWith('{"') && !head.trim().includes('\n'));
  },
  read: async (list, wanted, add) => {
    const fields = new FieldReader(list.file, wanted, add);
    await eachLine(list, (line, number) => fields.take(parsed(list.file, line, number), number));
    fields.end();
  },
};
