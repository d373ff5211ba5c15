/**
 * The promises of exactly once and of truth, in worlds that nobody wrote by hand: the real engine (dispatch, lane, gate,
 * reconciler) on the memory's state and a fake clock, against an API at its worst, killed at any step and resumed under
 * another clock. CORDON_WORLDS says how many, CORDON_SEED which.
 */
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MemoryState, MemoryStore } from '../../src/state/memory.ts';
import type { RunRow } from '../../src/core/types.ts';
import { aRun, rows } from '../support/builders.ts';
import { modelApi } from './model/api.ts';
import { live, type Ended } from './model/process.ts';
import { worlds, type ModelWorld } from './model/worlds.ts';

const START = Date.UTC(2026, 10, 23, 10, 15);
const WORLDS = Number(process.env['CORDON_WORLDS'] ?? 150);
const SEED = process.env['CORDON_SEED'];

interface Story {
  readonly endings: readonly Ended[];
  /** After each process, and at the end. */
  readonly reports: readonly Report[];
}

interface Report {
  /** As a report would show them. */
  readonly rows: readonly RunRow[];
  /** What the API had really done by then: how many actions for each row. */
  readonly effects: ReadonlyMap<number, number>;
}

async function tell(world: ModelWorld): Promise<Story> {
  vi.useFakeTimers({ now: START });
  const run = aRun({ createdAt: START });
  const store = new MemoryStore();
  const state = new MemoryState(store);
  await state.createRun(run, rows(world.calls));
  const server = modelApi(world.api, START);
  const endings: Ended[] = [];
  const reports: Report[] = [];
  const report = async (): Promise<void> =>
    void reports.push({ rows: await Array.fromAsync(state.rows(run.id)), effects: server.effects() });
  for (const { pauseMs, ...options } of world.processes) {
    endings.push(await live(run, store, server.api, options, world.limits));
    await report();
    await vi.advanceTimersByTimeAsync(pauseMs);
  }
  // Effects that come late come.
  await vi.advanceTimersByTimeAsync(10_000);
  await report();
  vi.clearAllTimers();
  vi.useRealTimers();
  return { endings, reports };
}

/** What the reports said against what the API had done by then. */
function lies({ endings, reports }: Story): string[] {
  const last = reports.at(-1) ?? { rows: [], effects: new Map<number, number>() };
  const found = [...last.effects].filter(([, made]) => made > 1).map(([row, made]) => `row ${row} has ${made} effects`);
  for (const { rows: shown, effects } of reports)
    for (const { row, outcome, attempts } of shown) {
      if (outcome === 'created' && !effects.has(row)) found.push(`row ${row} is created without an effect`);
      if (outcome !== 'created' && outcome !== 'unknown' && effects.has(row)) found.push(`row ${row} is ${outcome} with an effect`);
      if (outcome === 'not-sent' && attempts > 0) found.push(`row ${row} is not-sent after ${attempts} attempts`);
    }
  if (endings.some(({ kind }) => kind === 'stuck')) found.push('it does not end');
  const ending = endings.at(-1);
  const isDone = ending?.kind === 'over' && ending.codes.length === 0;
  if (isDone && last.rows.some(({ outcome }) => outcome === 'not-sent')) found.push('it ended before all was sent');
  return found;
}

describe('the engine, in any world', () => {
  afterEach(() => void vi.useRealTimers());

  it(
    'never makes two effects for one machine, says nothing untrue, and ends',
    async () => {
      const outcomes: Record<string, number> = {};
      await fc.assert(
        fc.asyncProperty(worlds, async (world) => {
          const story = await tell(world);
          for (const { outcome } of story.reports.at(-1)?.rows ?? []) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
          expect(lies(story)).toEqual([]);
        }),
        { numRuns: WORLDS, ...(SEED !== undefined && { seed: Number(SEED) }) },
      );
      // A model in which hardly anything succeeds would prove nothing.
      const all = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
      expect((outcomes['created'] ?? 0) / all).toBeGreaterThan(0.4);
    },
    WORLDS * 1000,
  );
});
