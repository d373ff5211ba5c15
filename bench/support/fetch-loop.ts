/** `node bench/support/fetch-loop.ts URL CALLS CONCURRENCY`: calls made by nothing but `fetch`, so many at a time; says the wall's and the CPU's ms. */
const [url = '', calls = '', concurrency = ''] = process.argv.slice(2);
const headers = { authorization: 'Bearer opaque', 'content-type': 'application/json' };
const body = JSON.stringify({ Comment: 'bench' });
const began = performance.now();
const before = process.cpuUsage();
const rows = Array.from({ length: Number(calls) }, (_, row) => row + 1).values();
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    for (const row of rows) {
      const id = row.toString(16).padStart(40, '0');
      const response = await fetch(`${url}/api/machines/${id}/restrictCodeExecution`, { method: 'POST', headers, body });
      await response.text();
    }
  }),
);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ ms: performance.now() - began, cpuMs: (user + system) / 1000 }));
