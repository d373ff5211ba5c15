/**
 * A server that counts as each kind would and refuses nothing, in a process of its own: POST takes 1/20 of 20 to 150 ms; GET tells
 * how many calls each kind would have refused, and the time from the first to the last.
 */
import { createServer } from 'node:http';
import { windowsAt } from '../../src/core/rate.ts';
import { newCounter } from '../../src/emulator/world/counters.ts';
import { KINDS, latencyOf } from './quota.ts';

const SPEED = Number(process.argv[2]);
const seen = {
  first: Infinity,
  last: 0,
  servers: KINDS.map((kind) => ({ kind, counters: windowsAt(SPEED).map((window) => newCounter(kind, window)), over: 0 })),
};

const server = createServer((request, response) => {
  request.resume();
  if (request.method === 'GET') {
    const over = Object.fromEntries(seen.servers.map((one) => [one.kind, one.over]));
    response.end(JSON.stringify({ ms: seen.last - seen.first, over }));
    return;
  }
  const [there, back] = latencyOf(Math.random);
  setTimeout(() => {
    arrive(performance.now());
    setTimeout(() => response.writeHead(201).end('{}'), back / SPEED);
  }, there / SPEED);
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));

function arrive(at: number): void {
  seen.first = Math.min(seen.first, at);
  seen.last = at;
  for (const one of seen.servers)
    if (one.counters.some((counter) => counter.wait(at) > 0)) one.over += 1;
    else for (const counter of one.counters) counter.take(at);
}
