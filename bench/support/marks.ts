/** Loaded before cordon: notes when Node was ready and when the first GET and the first POST went out, ms from the process' start. */
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

const marks: Record<string, number> = { node: performance.now() };
subscribe('http.client.request.start', (message) => {
  const method = String(Object(Object(message).request).method);
  marks[method] ??= performance.now();
});
process.on('exit', () => writeFileSync(process.env['BENCH_MARKS'] ?? '', JSON.stringify({ origin: performance.timeOrigin, ...marks })));
