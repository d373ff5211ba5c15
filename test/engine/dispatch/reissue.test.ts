/** Rows that are called again because their actions ended: the earlier action carries the run's tag too. */
import { array, assert, asyncProperty, constantFrom, record, uniqueArray } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunRow } from '../../../src/core/types.ts';
import { MemoryState } from '../../../src/state/memory.ts';
import { aRun, anAction, rows } from '../../support/builders.ts';
import { machine, scripted, type Scripted, type Step } from '../../support/scripted.ts';

const DAY = 86_400_000;
const posts = ({ log }: Scripted): string[] => log.filter((line) => line.includes('POST'));

/** Three days ago the run made an action for each of its machines; all ended TimeOut, and `reissued` are called again. */
async function again(
  reissued: readonly number[],
  script: Readonly<Record<number, readonly Step[]>>,
  { daysAgo = 3, lagMs = 0 } = {},
): Promise<Scripted> {
  const run = aRun({ createdAt: Date.now() - daysAgo * DAY });
  const state = new MemoryState();
  await state.createRun(run, rows(3));
  const created = new Date(Date.now() - daysAgo * DAY).toISOString();
  const earlier = [1, 2, 3].map((row) =>
    anAction({ id: `old${row}`, machineId: machine(row), status: 'TimeOut', creationDateTimeUtc: created }),
  );
  for (const [i, { id }] of earlier.entries()) await state.settle(run.id, i + 1, { outcome: 'created', actionId: id }, Date.now());
  await state.reissue(run.id, reissued);
  return scripted({ run, state, existing: earlier, script, lagMs });
}
const brief = (all: readonly RunRow[]): unknown[] => all.map(({ outcome, actionId }) => [outcome, actionId]);

describe('a row that is called again', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 23, 10, 15) }));
  afterEach(() => void vi.useRealTimers());

  it('gets one new action', async () => {
    const world = await again([1, 3], {});
    expect(brief(await world.finish())).toEqual([
      ['created', 'a4'],
      ['created', 'old2'],
      ['created', 'a5'],
    ]);
    expect(posts(world)).toHaveLength(2);
  });

  it('is settled with its new action, and not with the earlier one, where the answer is lost', async () => {
    const world = await again([1, 2], { 1: ['lost-after'] });
    expect(brief(await world.finish())).toEqual([
      ['created', 'a4'],
      ['created', 'a5'],
      ['created', 'old3'],
    ]);
    expect(posts(world)).toHaveLength(2);
  });

  it.each([3, 0.01])(
    'is sent again where the lost call had no effect, although the earlier action of %d days ago is listed',
    async (daysAgo) => {
      const world = await again([1, 2], { 1: ['lost-before', 'created'] }, { daysAgo });
      expect(brief(await world.finish()).slice(0, 2)).toEqual([
        ['created', 'a5'],
        ['created', 'a4'],
      ]);
      expect(posts(world)).toHaveLength(3);
    },
  );

  it.each(['lost-before', 'lost-after'] as const)('alone, %s, ends with one new action', async (step) => {
    const world = await again([1, 2, 3].slice(0, 1), { 1: [step, 'created'] });
    expect((await world.finish())[0]).toMatchObject({ outcome: 'created', actionId: 'a4' });
    expect(world.actions.filter(({ id }) => id.startsWith('a'))).toHaveLength(1);
  });

  it('is called once more and no oftener, whatever becomes of the answers and however late the lists are', async () => {
    let unknown = 0;
    const step = constantFrom<Step>('created', 'lost-before', 'lost-after');
    const world = record({
      reissued: uniqueArray(constantFrom(1, 2, 3), { minLength: 1 }),
      scripts: array(array(step, { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 3 }),
      daysAgo: constantFrom(0.001, 0.2, 3, 30),
      lagMs: constantFrom(0, 5000, 119_000),
    });
    await assert(
      asyncProperty(world, async ({ reissued, scripts, daysAgo, lagMs }) => {
        const script = Object.fromEntries(scripts.map((steps, i) => [i + 1, [...steps, 'created' as const]]));
        const all = await again(reissued, script, { daysAgo, lagMs });
        for (const { row, outcome, actionId } of await all.finish()) {
          const isAgain = reissued.some((one) => one === row);
          const made = all.actions.filter(({ id, machineId: on }) => !id.startsWith('old') && on === machine(row)).map(({ id }) => id);
          expect(made.length).toBeLessThanOrEqual(isAgain ? 1 : 0);
          expect([outcome, actionId]).toEqual(outcome === 'unknown' ? ['unknown', null] : ['created', isAgain ? made[0] : `old${row}`]);
          unknown += outcome === 'unknown' ? 1 : 0;
        }
        vi.setSystemTime(Date.UTC(2026, 10, 23, 10, 15));
      }),
      { numRuns: 60 },
    );
    expect(unknown).toBeLessThan(10);
  });

  it('killed with its answer on the way is found at the resume, and not sent again', async () => {
    const run = aRun({ createdAt: Date.now() - 3 * DAY });
    const state = new MemoryState();
    await state.createRun(run, rows(1));
    await state.settle(run.id, 1, { outcome: 'created', actionId: 'old' }, Date.now());
    await state.reissue(run.id, [1]);
    const lock = await state.lockRun(run.id);
    await state.beginAttempt({
      runId: run.id,
      row: 1,
      quotaKey: 'restrict',
      windows: [{ limit: 100, ms: 60_000 }],
      timeoutMs: 30_000,
      now: () => Date.now(),
    });
    await lock.release();
    const existing = [
      anAction({ id: 'old', machineId: machine(1), status: 'TimeOut', creationDateTimeUtc: new Date(Date.now() - 3 * DAY).toISOString() }),
      anAction({ id: 'new', machineId: machine(1), creationDateTimeUtc: new Date().toISOString() }),
    ];
    await vi.advanceTimersByTimeAsync(60_000);
    const world = await scripted({ run, state, existing });
    expect(brief(await world.finish())).toEqual([['created', 'new']]);
    expect(posts(world)).toEqual([]);
  });
});
