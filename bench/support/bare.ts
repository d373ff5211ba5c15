/** The least that anybody could do: reads a list, and sends everything at once. `node bench/support/bare.ts URL LIST`. */
import { readFileSync } from 'node:fs';

const [url = '', list = ''] = process.argv.slice(2);
const ids = readFileSync(list, 'utf8').trim().split('\n').slice(1);
const headers = { authorization: 'Bearer opaque', 'content-type': 'application/json' };
const body = JSON.stringify({ Comment: 'bench' });
await Promise.all(
  ids.map(async (id) => (await fetch(`${url}/api/machines/${id}/restrictCodeExecution`, { method: 'POST', headers, body })).text()),
);
