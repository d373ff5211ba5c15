/** What holds for every list: a preview says what a run with the same flags does, and no machine is called twice. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
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

/** What a preview says and what a run with the same flags comes to, in one form; the refusal of either is its exit code. */
interface Both {
  readonly previewed: { readonly refusal: number; readonly called: readonly string[]; readonly skips: readonly (string | undefined)[] };
  readonly ran: { readonly refusal: number; readonly called: readonly string[]; readonly outcomes: readonly string[] };
  /** Actions of the run, by machine. */
  readonly actions: readonly string[];
  readonly rowNumbers: readonly number[];
}

async function both(made: World): Promise<Both> {
  const at = await scene(made);
  const lists = [at.path('list.csv')];
  const usual: Values = {
    ...made.flags,
    excludeMachine: made.spared,
    allowUnmatchedExclusions: true,
    retries: 0,
    readLag: '1ms',
    report: at.path('report'),
  };
  const settings = at.settings({ ...usual, report: undefined });
  const ending = await preview({ jobName: 'restrict', lists, settings, canAsk: true }, at.tools);
  const planned = [...ending.made.prepared.plan.rows];
  const before = called(at);
  const ran = await start({ jobName: 'restrict', lists, settings: at.settings(usual), confirm: yes }, at.tools).catch(
    (error: unknown) => error,
  );
  const refusal = ran instanceof UserError ? ran.exitCode : 0;
  const report = ran instanceof Error ? { rows: [] } : JSON.parse(readFileSync(at.path('report/report.json'), 'utf8'));
  const toCall = planned.filter(({ skip }) => skip === undefined).map(({ machineId: id }) => id);
  return {
    previewed: {
      refusal: ending.exitCode,
      called: [...before, ...(ending.exitCode === 0 ? toCall : [])].sort(),
      skips: planned.map(({ skip }) => skip),
    },
    ran: { refusal, called: [...new Set(called(at))].sort(), outcomes: report.rows.map(({ outcome }: { outcome: string }) => outcome) },
    actions: at.api.emulator
      .actions()
      .filter(({ requestorComment }) => requestorComment.includes('[cordon r-'))
      .map(({ machineId: id }) => id),
    rowNumbers: report.rows.map(({ row }: { row: number }) => row),
  };
}

it('a run calls just those machines that a preview with the same flags plans, each once, and reports every row once', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (made) => {
      const { previewed, ran, actions, rowNumbers } = await both(made);
      expect({ refusal: ran.refusal, called: ran.called }).toEqual({ refusal: previewed.refusal, called: previewed.called });
      expect(new Set(actions).size).toBe(actions.length);
      expect(rowNumbers).toEqual(ran.refusal === 0 ? made.list.map((_, i) => i + 1) : []);
      const decided = ran.outcomes.map((outcome, i) => previewed.skips[i] ?? outcome);
      expect(ran.outcomes).toEqual(decided);
    }),
    { numRuns: 15 },
  );
}, 60_000);
