import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { seeded } from '../../src/emulator/random.ts';
import { respond } from '../../src/emulator/respond.ts';
import { FAULT_NAMES, parseFaults } from '../../src/emulator/world/faults.ts';
import { complete } from '../../src/emulator/world/defaults.ts';
import { apply, createWorld, type World } from '../../src/emulator/world/world.ts';
import { machineId, ORIGIN } from './tenant.ts';

const ROUTES = [
  ['POST', 'restrictCodeExecution'],
  ['POST', 'isolate'],
  ['POST', 'unisolate'],
  ['POST', 'offboard'],
  ['POST', 'collectInvestigationPackage'],
  ['GET', ''],
] as const;
const LISTS = ['machineactions', 'machines', 'alerts', "machineactions?$filter=status eq 'Pending'&$top=2"];

const step = fc.oneof(
  fc.record({ kind: fc.constant('act' as const), route: fc.constantFrom(...ROUTES), machine: fc.nat(3), wait: fc.nat(20_000) }),
  fc.record({ kind: fc.constant('list' as const), list: fc.constantFrom(...LISTS), wait: fc.nat(20_000) }),
  fc.record({ kind: fc.constant('cancel' as const), nth: fc.nat(5), wait: fc.nat(20_000) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const tenants = fc.record({
  duplicates: fc.constantFrom('refuse' as const, 'return' as const, 'mixed' as const, 'stack' as const),
  lists: fc.constantFrom('whole' as const, 'skip-ignored' as const, 'pages-repeated' as const, 'endless' as const),
  windowKind: fc.constantFrom('sliding' as const, 'fixed' as const, 'bucket' as const, 'weighted' as const),
  faults: fc.dictionary(fc.constantFrom(...FAULT_NAMES), fc.constantFrom(0, 0.2, 1), { maxKeys: 4 }),
  listLagMs: fc.constantFrom(0, 15_000),
  offlineShare: fc.constantFrom(0, 0.5),
  actionFailures: fc.constantFrom(0, 0.5),
});

function requestFor(world: World, given: Step) {
  const [method, path] = targetOf(world, given);
  const { pathname, searchParams } = new URL(path, 'http://emulator');
  const headers = { authorization: 'Bearer opaque', host: 'emulator' };
  return { method, path: pathname, target: path, query: searchParams, headers, body: '{"Comment":"[cordon r-1] x"}' };
}

function targetOf(world: World, given: Step): [string, string] {
  if (given.kind === 'list') return ['GET', `/api/${given.list}`];
  if (given.kind === 'act') return [given.route[0], `/api/machines/${machineId(given.machine)}/${given.route[1]}`];
  const ids = Array.from(world.actions.between('', '~', false), ({ id }) => id);
  return ['POST', `/api/machineactions/${ids[given.nth] ?? '00000000-0000-4000-a000-000000000000'}/cancel`];
}

/** All that reads could show, as text. */
function shown(world: World, now: number): string {
  const ledgers = [...world.ledgers].map(([name, { arrivals, throttled }]) => [name, arrivals, throttled]);
  return JSON.stringify([ledgers, [...world.actions.between('', '~', false)], [...world.machines.all(now)], world.tokensIssued]);
}

it('a reaction changes nothing by itself, depends on nothing else, and makes at most one asked action, whatever goes wrong', () => {
  fc.assert(
    fc.property(tenants, fc.array(step, { maxLength: 25 }), ({ faults, ...options }, steps) => {
      const text = Object.entries(faults).map(([name, share]) => `${name}=${share}`);
      const world = createWorld(complete({ ...options, faults: parseFaults(text.join(',')), hugeBytes: 500, pageSize: 3 }), ORIGIN);
      let now = ORIGIN;
      for (const [index, given] of steps.entries()) {
        now += given.wait;
        const request = requestFor(world, given);
        const before = shown(world, now);
        const [one, other] = [respond(world, request, now, seeded(index)), respond(world, request, now, seeded(index))];
        expect(other).toStrictEqual(one);
        expect(shown(world, now)).toBe(before);
        expect(one.effects.filter((effect) => effect.kind === 'open' && effect.action.asked).length).toBeLessThanOrEqual(1);
        for (const effect of one.effects) apply(world, effect);
      }
    }),
  );
});
