/**
 * Minutes until 95 % of the live machines are confirmed, in the list's order and with `--order active-first`: 3000 machines, half of
 * them not seen for days, at the true quota on a virtual clock; a live one confirms its action after 30 to 120 s.
 * `node bench/alive.ts [--short]`.
 */
import { activeFirst } from '../src/core/call-order.ts';
import { API_WINDOWS } from '../src/core/rate.ts';
import type { MachineFacts } from '../src/core/types.ts';
import { seeded } from '../src/emulator/random.ts';
import { someFacts } from '../test/support/builders.ts';
import { gate } from './pace/gate.ts';
import { isShort, mean, promise, table } from './support/figures.ts';
import { latencyOf } from './support/quota.ts';
import { VirtualTime } from './support/virtual-time.ts';

const CALLS = 3000;
const SEEDS = isShort ? 1 : 5;
const DAY_MS = 86_400_000;

const [asListed, byLife]: [number[], number[]] = [[], []];
for (let seed = 1; seed <= SEEDS; seed += 1) {
  asListed.push(await minutesTo95(seed, false));
  byLife.push(await minutesTo95(seed, true));
}
console.log(
  table(
    [`${CALLS} machines, half of them live`, 'minutes until 95 % of the live ones are confirmed'],
    [
      ['list order', mean(asListed).toFixed(1)],
      ['--order active-first', mean(byLife).toFixed(1)],
    ],
  ),
);
promise('active-first / list order', mean(byLife) / mean(asListed), 0.3);

async function minutesTo95(seed: number, isByLife: boolean): Promise<number> {
  const random = seeded(seed);
  const time = new VirtualTime(1.7e12, random);
  const machines = Array.from({ length: CALLS }, (_, at): MachineFacts => {
    const isLive = random() < 0.5;
    const seen = time.now() - random() * (isLive ? 1_800_000 : 20 * DAY_MS) - (isLive ? 0 : DAY_MS);
    const id = at.toString(16).padStart(40, '0');
    return someFacts({ id, healthStatus: isLive ? 'Active' : 'Inactive', lastSeen: new Date(seen).toISOString() });
  });
  const order = isByLife ? orderedBy(machines, time.now()) : machines;
  const confirmed: number[] = [];
  await time.run(() =>
    gate(API_WINDOWS)(CALLS, async (row) => {
      const [there, back] = latencyOf(random);
      await time.sleep(there);
      if (order[row]?.healthStatus === 'Active') confirmed.push(time.elapsed + 30_000 + random() * 90_000);
      await time.sleep(back);
    }),
  );
  const sorted = confirmed.toSorted((a, b) => a - b);
  return (sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.NaN) / 60_000;
}

function orderedBy(machines: readonly MachineFacts[], now: number): MachineFacts[] {
  const byId = new Map(machines.map((machine) => [machine.id, machine]));
  const places = activeFirst(
    machines.map(({ id }, at) => ({ row: at, machineId: id })),
    byId,
    now,
  );
  return machines
    .map((machine, at) => ({ machine, place: places.get(at) ?? 0 }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ machine }) => machine);
}
