/** Parses a list and throws it away: `node bench/support/csv-alone.ts LIST`. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';

const [path = ''] = process.argv.slice(2);
await pipeline(
  createReadStream(path),
  parse({ relax_column_count: true }).on('data', () => undefined),
);
