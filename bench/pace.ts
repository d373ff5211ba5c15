/**
 * How close to the limit, and how often over it: cordon's gate and what somebody would take instead, at the true quota on a
 * virtual clock, each server counting in its own way: `node bench/pace.ts [--short]`.
 */
import { API_WINDOWS } from '../src/core/rate.ts';
import { seeded, type Random } from '../src/emulator/random.ts';
import { newCounter, type WindowKind } from '../src/emulator/world/counters.ts';
import { MemoryState } from '../src/state/memory.ts';
import { carryOut } from './pace/engine.ts';
import { evenGate, gate } from './pace/gate.ts';
import { PEERS, type Maker } from './pace/peers.ts';
import { isShort, mean, promise, table } from './support/figures.ts';
import { VirtualTenant } from './support/virtual-tenant.ts';
import { VirtualTime } from './support/virtual-time.ts';
import { KINDS, latencyOf, optimumOf } from './support/quota.ts';

const CALLS = isShort ? [100, 1500] : [100, 1500, 3000];
const SEEDS = isShort ? 3 : 10;
const CORDON = 'cordon';
const EVEN = 'cordon --pace even';
const MAKERS: Readonly<Record<string, Maker>> = { [CORDON]: gate, [EVEN]: evenGate, ...PEERS };

interface Ran {
  /** From the first call's arrival at the server to the last one's, ms: what the optimum counts too. */
  readonly ms: number;
  /** Calls that each kind of server would have refused. */
  readonly over: Readonly<Record<WindowKind, number>>;
}

let worst = { over: 0, even: 0, ratio: 0, peers: 0 };
const rows: string[][] = [];
for (const [name, make] of Object.entries(MAKERS)) {
  for (const calls of CALLS) {
    const ran: Ran[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) ran.push(await runOf(make, calls, seeded(seed * 7919 + calls)));
    rows.push([name, String(calls), ...figuresOf(calls, ran)]);
    note(name, calls, ran);
  }
}
console.log(table(['', 'calls', 'makespan / optimum', 'over: log', 'fixed', 'bucket', 'weighted'], rows));
console.log(`(calls over the limit: mean of ${SEEDS} seeds; the weighted counter refuses bursts that the documented limit allows)`);
promise('calls over the limit (log, fixed windows, bucket), every N and seed', worst.over, 0);
promise('the same with --pace even, the weighted counter too', worst.even, 0);
promise('makespan / optimum, 2 % of the calls up to 2 s late', worst.ratio, 1.0075);
promise('makespan / optimum, none late', await ratioOf(1500), 1.005);
promise('peers that were over the limit, short of one', 1 - worst.peers, 0);
if (!isShort) await refused();

/** The same for cordon where no call takes longer than 150 ms. */
async function ratioOf(calls: number): Promise<number> {
  const ran: Ran[] = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) ran.push(await runOf(gate, calls, seeded(seed), 0));
  return mean(ran.map(({ ms }) => ms)) / optimumOf(calls, API_WINDOWS);
}

/** One run of one strategy; the servers only count, so that all of them see the same calls. */
function runOf(make: Maker, calls: number, random: Random, late?: number): Promise<Ran> {
  const time = new VirtualTime(1.7e12 + Math.floor(random() * 3.6e6), random);
  const phase = random() * 3_600_000;
  const servers = KINDS.map((kind) => ({ kind, counters: API_WINDOWS.map((window) => newCounter(kind, window)), over: 0 }));
  let [first, last] = [Infinity, 0];
  const arrive = (): void => {
    first = Math.min(first, time.elapsed);
    last = time.elapsed;
    const at = time.now() + phase;
    for (const server of servers) {
      if (server.counters.some((counter) => counter.wait(at) > 0)) server.over += 1;
      else for (const counter of server.counters) counter.take(at);
    }
  };
  const call = async (): Promise<void> => {
    const [there, back] = latencyOf(random, late);
    await time.sleep(there);
    arrive();
    await time.sleep(back);
  };
  return time.run(async () => {
    const strategy = make(API_WINDOWS);
    await time.sleep(random() * 60_000);
    await strategy(calls, call);
    const over = Object.fromEntries(servers.map((server) => [server.kind, server.over]));
    return { ms: last - first, over: { sliding: 0, fixed: 0, bucket: 0, weighted: 0, ...over } };
  });
}

function figuresOf(calls: number, ran: readonly Ran[]): string[] {
  const optimum = optimumOf(calls, API_WINDOWS);
  const ms = mean(ran.map((one) => one.ms));
  const makespan = optimum === 0 ? `${(ms / 1000).toFixed(1)} s` : (ms / optimum).toFixed(3);
  return [makespan, ...KINDS.map((kind) => mean(ran.map(({ over }) => over[kind])).toFixed(1))];
}

function note(name: string, calls: number, ran: readonly Ran[]): void {
  const over = Math.max(...ran.map(({ over: { sliding, fixed, bucket } }) => sliding + fixed + bucket));
  const optimum = optimumOf(calls, API_WINDOWS);
  const ratio = optimum === 0 ? 0 : mean(ran.map(({ ms }) => ms)) / optimum;
  if (name === EVEN) worst = { ...worst, even: Math.max(worst.even, over + Math.max(...ran.map(({ over: { weighted } }) => weighted))) };
  else if (name === CORDON) worst = { ...worst, over: Math.max(worst.over, over), ratio: Math.max(worst.ratio, ratio) };
  else if (over > 0) worst = { ...worst, peers: 1 };
}

/** The whole of cordon, against a server that counts with weights and refuses what is over. */
async function refused(): Promise<void> {
  const rows: string[][] = [];
  for (const isEven of [false, true])
    for (const calls of CALLS) {
      const ran = [];
      for (let seed = 1; seed <= SEEDS; seed += 1) ran.push(await refusedOf(calls, seeded(seed * 104_729 + calls), isEven));
      const throttled = ran.map((one) => one.throttled);
      rows.push([isEven ? EVEN : CORDON, String(calls), (mean(ran.map(({ ms }) => ms)) / 60_000).toFixed(1), mean(throttled).toFixed(1)]);
      if (isEven) promise(`429s of a weighted counter, ${calls} calls with --pace even`, Math.max(...throttled), 0);
    }
  console.log(table(['a weighted counter that refuses', 'calls', 'minutes', '429s'], rows));
}

async function refusedOf(calls: number, random: Random, isEven: boolean): Promise<{ readonly ms: number; readonly throttled: number }> {
  const time = new VirtualTime(1.7e12 + Math.floor(random() * 3.6e6), random);
  const machines = Array.from({ length: calls }, (_, row) => (row + 1).toString(16).padStart(40, '0'));
  const tenant = new VirtualTenant({ machines, windowKind: 'weighted' }, time, random);
  const shared = { state: new MemoryState(), id: 'emulated-bench', origin: 'https://api.example.com' };
  await time.run(() => carryOut({ ...shared, machines, windows: API_WINDOWS, transport: tenant, isEven }));
  return { ms: time.elapsed, throttled: tenant.throttled() };
}
