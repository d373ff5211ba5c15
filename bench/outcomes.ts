/**
 * What each reports, against what happened: the whole of cordon and what somebody would take instead, on a virtual clock
 * against the emulator's behaviour: true quota, 1 % of the answers lost after their effect, 1 % answered 503, 2 % of the machines
 * with somebody else's action: `node bench/outcomes.ts [--short]`.
 */
import { API_WINDOWS } from '../src/core/rate.ts';
import { parseFaults } from '../src/emulator/world/faults.ts';
import { seeded } from '../src/emulator/random.ts';
import { MemoryState } from '../src/state/memory.ts';
import type { HttpResult } from '../src/http/transport.ts';
import { carryOut } from './pace/engine.ts';
import { mdeautomator } from './pace/mdeautomator.ts';
import { PEERS, type Maker } from './pace/peers.ts';
import { isShort, mean, promise, table } from './support/figures.ts';
import { optimumOf } from './support/quota.ts';
import { VirtualTenant } from './support/virtual-tenant.ts';
import { VirtualTime } from './support/virtual-time.ts';

const CALLS = isShort ? [1400] : [100, 1400, 2900];
const SEEDS = isShort ? 1 : 5;
const ORIGIN = 'https://api.example.com';
const POST = {
  method: 'POST',
  headers: { authorization: 'Bearer opaque', 'content-type': 'application/json' },
  timeoutMs: 30_000,
} as const;

interface World {
  readonly time: VirtualTime;
  readonly tenant: VirtualTenant;
  readonly machines: readonly string[];
}

/** True: reported as done; null: reported as not known. */
type Reported = readonly (boolean | null)[];
type Runner = (world: World) => Promise<Reported>;

const RUNNERS: Readonly<Record<string, Runner>> = {
  cordon,
  ...Object.fromEntries(Object.entries(PEERS).map(([name, make]) => [name, peer(make)])),
  'MDEAutomator’s batching': automator,
};

interface Told {
  readonly ms: number;
  readonly throttled: number;
  /** Free machines that got no action. */
  readonly missed: number;
  /** Rows of which the report says the opposite of what happened. */
  readonly untrue: number;
  readonly doubled: number;
}

const rows: string[][] = [];
let [ours, theirs] = [{ throttled: 0, untrue: 0, doubled: 0, missed: 0 }, 0];
for (const [name, runner] of Object.entries(RUNNERS))
  for (const calls of CALLS) {
    const all: Told[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) all.push(await tell(runner, calls, seed));
    const of = (figure: (told: Told) => number): number => mean(all.map(figure));
    rows.push([
      name,
      String(calls),
      (of(({ ms }) => ms) / 60_000).toFixed(1),
      (optimumOf(calls, API_WINDOWS) / 60_000).toFixed(1),
      ...[of((one) => one.throttled), of((one) => one.missed), of((one) => one.untrue), of((one) => one.doubled)].map((n) => n.toFixed(1)),
    ]);
    if (name !== 'cordon')
      theirs = Math.max(
        theirs,
        of((one) => one.untrue),
      );
    else
      for (const told of all)
        for (const key of ['throttled', 'untrue', 'doubled', 'missed'] as const) ours = { ...ours, [key]: ours[key] + told[key] };
  }
console.log(table(['', 'calls', 'minutes', 'optimum', '429s', 'not acted on', 'reported untruly', 'acted on twice'], rows));
promise('cordon: 429s', ours.throttled, 0);
promise('cordon: rows reported untruly', ours.untrue, 0);
promise('cordon: machines acted on twice', ours.doubled, 0);
promise('cordon: free machines not acted on', ours.missed, 0);
promise('alternatives that report untruly, short of one', theirs > 0 ? 0 : 1, 0);

async function tell(runner: Runner, calls: number, seed: number): Promise<Told> {
  const random = seeded(seed * 104_729 + calls);
  const time = new VirtualTime(1.7e12 + Math.floor(random() * 3.6e6), random);
  const machines = Array.from({ length: calls }, (_, row) => (row + 1).toString(16).padStart(40, '0'));
  const busy = machines.filter(() => random() < 0.02);
  const faults = parseFaults('reset-after=0.01,503=0.01');
  const tenant = new VirtualTenant({ machines, inProgress: busy, faults, countRejected: false, seed }, time, random);
  const reported = await time.run(() => runner({ time, tenant, machines }));
  const effects = tenant.effects();
  const free = new Set(machines).difference(new Set(busy));
  const isUntrue = (row: number): boolean => {
    const said = reported[row] ?? null;
    return said !== null && said !== effects.has(machines[row] ?? '');
  };
  return {
    ms: time.elapsed,
    throttled: tenant.throttled(),
    missed: [...free].filter((id) => !effects.has(id)).length,
    untrue: machines.filter((_, row) => isUntrue(row)).length,
    doubled: [...effects.values()].filter((count) => count > 1).length,
  };
}

async function cordon({ tenant, machines }: World): Promise<Reported> {
  const state = new MemoryState();
  const id = 'emulated-bench';
  await carryOut({ state, id, machines, windows: API_WINDOWS, transport: tenant, origin: ORIGIN });
  const outcomes = await Array.fromAsync(state.rows(id), ({ outcome }) => outcome);
  return outcomes.map((outcome) => (outcome === 'unknown' ? null : outcome === 'created'));
}

function peer(make: Maker): Runner {
  return ({ tenant, machines }) =>
    make(API_WINDOWS)(machines.length, async (row) => {
      const result = await tenant.send(postOf(machines[row] ?? ''));
      if (result.kind !== 'response' || result.status >= 400) throw new Error('no success');
    });
}

function automator({ tenant, machines }: World): Promise<Reported> {
  return mdeautomator(machines.length, {
    post: (row) => tenant.send(postOf(machines[row] ?? '')),
    get: (id): Promise<HttpResult> => tenant.send({ ...POST, method: 'GET', url: new URL(`/api/machineactions/${id}`, ORIGIN) }),
  });
}

function postOf(id: string): Parameters<VirtualTenant['send']>[0] {
  return { ...POST, url: new URL(`/api/machines/${id}/restrictCodeExecution`, ORIGIN), body: JSON.stringify({ Comment: 'bench' }) };
}
