/** The list formats. A new one is a file of its own and a line here; where several fit a list, the first wins. */
import { csv } from './csv.ts';
import type { ListFormat } from './format.ts';
import { json } from './json.ts';
import { ndjson } from './ndjson.ts';
import { text } from './text.ts';

export const formats: readonly ListFormat[] = [json, text, csv, ndjson];
