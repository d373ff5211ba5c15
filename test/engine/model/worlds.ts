/** Worlds that nobody wrote by hand: an API, a run and the processes that work on it, one after another. */
import * as fc from 'fast-check';
import { FATES, type ApiOptions, type Foreign } from './api.ts';
import type { Limits, ProcessOptions } from './process.ts';

export interface ModelWorld {
  readonly calls: number;
  readonly api: ApiOptions;
  readonly limits: Limits;
  readonly processes: readonly (ProcessOptions & { readonly pauseMs: number })[];
}

const READ_LAG_MS = 20_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const clocks = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: -3 * HOUR_MS, max: 3 * HOUR_MS }) },
  { weight: 1, arbitrary: fc.integer({ min: -40 * DAY_MS, max: 40 * DAY_MS }) },
);

const foreign: fc.Arbitrary<Foreign> = fc.record({
  row: fc.integer({ min: 1, max: 6 }),
  atS: fc.oneof(fc.integer({ min: -7200, max: -5 }), fc.integer({ min: 0, max: 120 })),
  by: fc.constantFrom('analyst', 'us', 'nobody'),
  comment: fc.constantFrom('by hand', 'quotes our tag', 'another run', 'none'),
  sameType: fc.boolean(),
  openForS: fc.constantFrom(5, 600, 100_000),
});

/** The usual case is likely, each oddity is not rare. */
function mostly<T>(usual: T, ...odd: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 5 * odd.length, arbitrary: fc.constant(usual) }, { weight: odd.length, arbitrary: fc.constantFrom(...odd) });
}

const api: fc.Arbitrary<ApiOptions> = fc.record({
  clockMs: clocks,
  dates: mostly(true, false),
  lagMs: fc.oneof(fc.integer({ min: 0, max: READ_LAG_MS - 4000 }), fc.constant(READ_LAG_MS - 4000)),
  lagShares: fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 1, maxLength: 5 }),
  latencyMs: fc.integer({ min: 1, max: 800 }),
  fates: fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant('ok' as const) }, { weight: 3, arbitrary: fc.constantFrom(...FATES) }), {
    maxLength: 15,
  }),
  duplicates: fc.constantFrom('refuse', 'return'),
  openForMs: fc.constantFrom(2000, 30_000, 10 * HOUR_MS),
  tag: mostly('kept', 'punctuation', 'dropped', 'hidden'),
  pageSize: fc.constantFrom(1, 2, 3, 10_000),
  skip: mostly('honoured', 'ignored', 'repeats', 'overlaps'),
  order: mostly('asc', 'desc'),
  filter: mostly('honoured', 'ignored', 'refused', 'too long'),
  reads: mostly('readable', 'forbidden', 'unauthorized', 'fails at first', 'out'),
  merged: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }) },
  ),
  namesUs: mostly(true, false),
  foreign: fc.array(foreign, { maxLength: 3 }),
});

/** A server that tells no time leaves only ours, which is trusted to a day. */
const tellsTimeOrClocksAreNear = ({ api: { dates, clockMs }, processes }: ModelWorld): boolean =>
  dates ||
  processes
    .flatMap((process) => [process.clockMs, process.clockMs + process.stepMs])
    .every((ms) => Math.abs(ms - clockMs) < DAY_MS - HOUR_MS);

export const worlds: fc.Arbitrary<ModelWorld> = fc
  .record({
    calls: fc.integer({ min: 1, max: 6 }),
    api,
    limits: fc.record({
      readLagMs: fc.constant(READ_LAG_MS),
      outageMs: fc.constant(60_000),
      attemptTimeoutMs: fc.constant(5000),
      windows: fc.constantFrom(
        [{ limit: 1000, ms: 60_000 }],
        [
          { limit: 3, ms: 10_000 },
          { limit: 200, ms: 600_000 },
        ],
      ),
      sharedQuota: mostly(false, true),
    }),
    processes: fc.array(
      fc.record({
        diesAt: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
        clockMs: clocks,
        stepMs: mostly(0, -2 * HOUR_MS, 2 * HOUR_MS, -10_000),
        pauseMs: fc.constantFrom(0, 1000, 30_000, 2 * HOUR_MS),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .filter(tellsTimeOrClocksAreNear);
