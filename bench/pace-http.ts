/**
 * Pace over real HTTP: every clock, the quota's and the latency's, runs twenty times faster, the server is a process of its
 * own: `node bench/pace-http.ts [--short]`.
 */
import { windowsAt } from '../src/core/rate.ts';
import { createTransport } from '../src/http/transport.ts';
import { bullmq, isRedisHere } from './pace/bullmq.ts';
import { gate } from './pace/gate.ts';
import { PEERS, type Call } from './pace/peers.ts';
import { startScript } from './support/child.ts';
import { isShort, median, promise, table } from './support/figures.ts';
import { KINDS, optimumOf } from './support/quota.ts';

const SPEED = 20;
const WINDOWS = windowsAt(SPEED);
const CALLS = 500;
const ROUNDS = isShort ? 1 : 5;

interface Counted {
  readonly ms: number;
  readonly over: Readonly<Record<string, number>>;
}

const optimum = optimumOf(CALLS, WINDOWS);
const rows: string[][] = [];
const transport = createTransport({ maxSockets: 400 });
const ours = isShort ? await besideOne() : await oneAfterTheOther();
transport.close();
console.log(`${CALLS} calls, optimum ${(optimum / 1000).toFixed(1)} s`);
console.log(table(['', 'makespan / optimum', 'over: log', 'fixed', 'bucket', 'weighted'], rows));
promise(
  'calls over the limit (log, fixed windows, bucket) in every round',
  Math.max(...ours.map(({ over: { sliding = 0, fixed = 0, bucket = 0 } }) => sliding + fixed + bucket)),
  0,
);
if (isShort) promise('makespan / that of p-queue beside it', Number(rows[0]?.[1]) / Number(rows[1]?.[1]), 1.06);
else promise('makespan / optimum', median(ours.map(({ ms }) => ms)) / optimum, 1.03);

/** Time is short: one peer at the same time, against a server of its own. */
async function besideOne(): Promise<Counted[]> {
  const [ours, theirs] = await Promise.all([counted((call) => gate(WINDOWS)(CALLS, call)), counted(peer('p-queue, strict'))]);
  note('cordon', [ours]);
  note('p-queue, strict', [theirs]);
  return [ours];
}

async function oneAfterTheOther(): Promise<Counted[]> {
  const ours: Counted[] = [];
  for (let round = 0; round < ROUNDS; round += 1) ours.push(await counted((call) => gate(WINDOWS)(CALLS, call)));
  note('cordon', ours);
  for (const name of Object.keys(PEERS)) note(name, [await counted(peer(name))]);
  await withRedis();
  return ours;
}

function peer(name: string): (call: Call) => Promise<unknown> {
  return async (call) => PEERS[name]?.(WINDOWS)(CALLS, call);
}

async function withRedis(): Promise<void> {
  if (isRedisHere()) note('BullMQ, limiter', [await counted((call) => bullmq(WINDOWS, CALLS, call))]);
  else console.log('BullMQ is left out: no redis-server is installed here');
}

/** What a server of its own counts of the calls that `work` makes. */
async function counted(work: (call: Call) => Promise<unknown>): Promise<Counted> {
  const { child, said } = await startScript(['bench/support/counting-server.ts', String(SPEED)]);
  const shared = { url: new URL(`http://127.0.0.1:${Object(said).port}/`), headers: {}, timeoutMs: 30_000 };
  await work(async () => {
    const { kind } = await transport.send({ ...shared, method: 'POST', body: '{}' });
    if (kind !== 'response') throw new Error('no answer');
  });
  const result = await transport.send({ ...shared, method: 'GET' });
  child.kill();
  return JSON.parse(result.kind === 'response' ? result.body : '{}');
}

function note(name: string, all: readonly Counted[]): void {
  const of = (kind: string): string => median(all.map(({ over }) => over[kind] ?? 0)).toFixed(0);
  rows.push([name, (median(all.map(({ ms }) => ms)) / optimum).toFixed(3), ...KINDS.map(of)]);
}
