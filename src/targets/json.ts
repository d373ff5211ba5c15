/** JSON documents: an array, or an object that holds one as the API and advanced hunting answer. */
import { UsageError } from '../core/errors.ts';
import { complaint } from './complaint.ts';
import { EXPECTED, FieldReader } from './fields.ts';
import { MAX_RECORD, type ListFormat, type ListText } from './format.ts';
import { isListKey, isRecord, JsonText, looksLikeJson } from './json-text.ts';

/** A document is held in memory as a whole; this is as much as a string can hold. */
const MAX_CHARACTERS = 512_000_000;

export const json: ListFormat = {
  name: 'json',
  extensions: ['.json'],
  fits: (head) => looksLikeJson(head) && !isRecord(head.trimStart().split('\n', 1)[0] ?? ''),
  read: async (list, wanted, add) => {
    const text = new JsonText(list.file, await whole(list));
    const fields = new FieldReader(list.file, wanted, add);
    if (text.peek() === '[') readArray(text, fields);
    else readObject(text, fields);
    if (text.peek() !== '') throw text.broken('more follows after the end of the JSON document');
    fields.end();
  },
};

async function whole({ file, chunks }: ListText): Promise<string> {
  const parts: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > MAX_CHARACTERS) throw new UsageError(`${file}: a JSON document of more than ${MAX_CHARACTERS} characters`, HINT);
    parts.push(chunk);
  }
  return parts.join('');
}
const HINT = { hint: 'Write it as NDJSON (one object a line) or CSV.' };

function readArray(text: JsonText, fields: FieldReader): void {
  text.items('[', ']', () => {
    text.peek();
    const { line } = text;
    fields.take(text.value(MAX_RECORD), line);
  });
}

function readObject(text: JsonText, fields: FieldReader): void {
  const { file, line } = text;
  let lists = 0;
  text.items('{', '}', () => {
    const key = text.value();
    text.expect(':');
    if (typeof key !== 'string') throw text.broken('a name is missing');
    if (!isListKey(key) || text.peek() !== '[') return void text.value();
    lists += 1;
    return readArray(text, fields);
  });
  if (lists !== 1) throw complaint(file, line, `an object with ${lists === 0 ? 'no list' : 'two lists'} of machines in it`, EXPECTED);
}
