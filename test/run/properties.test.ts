/** What holds for every list: a preview says what a run with the same flags does, and no machine is called twice. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { preview } from '../../src/run/preview.ts';
import { start } from '../../src/run/start.ts';
import { machineId } from '../support/builders.ts';
import { useCase, yes, type UseCase, type Values } from '../support/use-case.ts';

const [KNOWN, GONE] = [
  [1, 2, 3, 4, 5, 6],
  [91, 92],
];

/** Rows as people write them: ids of any case, the same ones again, unknown ones, and what is none. */
const cell = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...KNOWN).map(machineId) },
  { weight: 2, arbitrary: fc.constantFrom(...KNOWN).map((n) => machineId(n).toUpperCase()) },
  { weight: 1, arbitrary: fc.constantFrom(...GONE).map(machineId) },
  { weight: 1, arbitrary: fc.constantFrom('web01', 'x y', '12.0.0.1', '0'.repeat(39), '=cmd|x') },
);

const world = fc.record({
  list: fc.array(cell, { minLength: 1, maxLength: 14 }),
  spared: fc.subarray(KNOWN).map((numbers) => numbers.slice(0, 2).map(machineId)),
  inProgress: fc.constantFrom([], [2], [2, 5]).map((numbers) => numbers.map(machineId)),
  isMac: fc.boolean(),
  flags: fc.record({ noFacts: fc.boolean(), again: fc.boolean(), callIneligible: fc.boolean() }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

async function scene({ list, inProgress, isMac }: World): Promise<UseCase> {
  const fleet = isMac ? [{ id: machineId(3), osPlatform: 'macOS' }] : [];
  const made = await useCase({ emulator: { machines: KNOWN.map(machineId), inProgress, fleet } });
  made.file('list.csv', 'machineId', ...list.map((text) => `"${text}"`));
  return made;
}

/** The machines that POSTs were made for, in the order in which they came. */
function called({ api }: UseCase): string[] {
  return api.requestsOf('POST').map((line) => /machines\/([0-9a-f]+)\//.exec(line)?.[1] ?? line);
}

it('a run calls just those machines that a preview with the same flags plans, each once, and reports every row once', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (made) => {
      const { list, spared, flags } = made;
      const at = await scene(made);
      const usual: Values = {
        ...flags,
        excludeMachine: spared,
        allowUnmatchedExclusions: true,
        retries: 0,
        readLag: '1ms',
        formats: ['json'],
      };
      const lists = [at.path('list.csv')];
      const settings = at.settings({ ...usual, report: undefined });
      const previewed = await preview({ jobName: 'restrict', lists, settings, canAsk: true }, at.tools);
      const planned = [...previewed.made.prepared.plan.rows];
      const toCall = planned.filter(({ skip }) => skip === undefined).map(({ machineId: id }) => id);
      expect(called(at)).toEqual([]);
      const run = start({ jobName: 'restrict', lists, settings: at.settings(usual), confirm: yes }, at.tools);
      if (previewed.exitCode !== 0) {
        // What stands against a list stands against its run.
        await expect(run).rejects.toMatchObject({ exitCode: previewed.exitCode });
        expect(called(at)).toEqual([]);
        return;
      }
      const { summary, run: ended } = await run;
      expect([...new Set(called(at))].sort()).toEqual([...toCall].sort());
      expect(new Set(toCall).size).toBe(toCall.length);
      const ours = at.api.emulator.actions().filter(({ requestorComment }) => requestorComment.includes(ended.id));
      expect(new Set(ours.map(({ machineId: id }) => id)).size).toBe(ours.length);
      const { rows } = JSON.parse(readFileSync(at.path(`${ended.id}/report.json`), 'utf8'));
      expect(rows.map(({ row }: { row: number }) => row)).toEqual(list.map((_, i) => i + 1));
      expect(summary?.rows).toBe(list.length);
      for (const [i, { skip }] of planned.entries()) if (skip !== undefined) expect(rows[i].outcome).toBe(skip);
    }),
    { numRuns: 15 },
  );
}, 30_000);
