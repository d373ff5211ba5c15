/** What a job brings to its plan: parameters of a row, actions that must not be stacked, warnings of its own. */
import { describe, expect, it } from 'vitest';
import { isolate } from '../../jobs/isolate.ts';
import { quarantine } from '../../jobs/quarantine.ts';
import { restrict } from '../../jobs/restrict.ts';
import { scan } from '../../jobs/scan.ts';
import { NO_EXCLUSIONS } from '../../src/core/exclusions.ts';
import { knowledgeOf } from '../../src/core/knowledge.ts';
import { plan, type PlanInput } from '../../src/core/plan.ts';
import type { InputRow, Job, MachineAction, PlannedRow } from '../../src/core/types.ts';
import { anAction, machineId, someFacts } from '../support/builders.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const row = (n: number, machine: number, input?: InputRow['input']): InputRow => ({
  row: n,
  text: machineId(machine),
  deviceName: '',
  file: 'list.csv',
  line: n + 1,
  ...(input && { input }),
});
const planned = (input: Partial<PlanInput> & Pick<PlanInput, 'job' | 'rows'>): PlannedRow[] => [
  ...plan({ exclusions: NO_EXCLUSIONS, ...input }).rows,
];
const knowing = (job: Job, actions: readonly MachineAction[], inverse?: Job) =>
  knowledgeOf({ machines: new Map([[machineId(1), someFacts()]]), actions, type: job.actionType, inverse: inverse?.actionType });

describe('a row that has to say what the flag does not', () => {
  it('is invalid without it, and makes no later row a duplicate', () => {
    const rows = planned({ job: quarantine, rows: [row(1, 1), row(2, 1, { SHA1: 'x' }), row(3, 1, { SHA1: A })] });
    expect(rows.map(({ skip, message }) => [skip, message])).toEqual([
      ['invalid', expect.stringContaining('the list has none in a column sha1')],
      ['invalid', expect.stringContaining('40 hex digits, not "x"')],
      [undefined, undefined],
    ]);
    expect(rows[2]?.input).toEqual({ SHA1: A });
  });

  it('needs nothing where the flag says it for all', () => {
    expect(planned({ job: quarantine, parameters: { sha1: A }, rows: [row(1, 1)] })[0]?.skip).toBeUndefined();
  });

  it('is told when a second row of a machine asks for something else', () => {
    const rows = planned({ job: quarantine, rows: [row(1, 1, { sha1: A }), row(2, 1, { sha1: B }), row(3, 1, { sha1: A })] });
    expect(rows.map(({ message }) => message)).toEqual([
      undefined,
      `same machine as row 1, which asks for sha1 ${A}; sha1 ${B} needs a run of its own`,
      'same machine as row 1',
    ]);
  });
});

describe('actions that must not be stacked', () => {
  const unisolating = anAction({ type: 'Unisolate', status: 'Pending' });

  it('leaves out a machine with an open opposite action', () => {
    const knowledge = knowing(isolate, [unisolating], { ...isolate, actionType: 'Unisolate' });
    const input = { job: isolate, parameters: { 'isolation-type': 'full' }, rows: [row(1, 1)], knowledge };
    expect(planned(input)[0]).toMatchObject({ skip: 'ineligible', message: expect.stringContaining('Unisolate action is open since') });
    expect(planned({ ...input, callIneligible: true })[0]?.skip).toBeUndefined();
  });

  it('only warns for jobs that may', () => {
    const knowledge = knowing(restrict, [anAction({ type: 'UnrestrictCodeExecution' })], {
      ...restrict,
      actionType: 'UnrestrictCodeExecution',
    });
    expect(planned({ job: restrict, rows: [row(1, 1)], knowledge })[0]).toMatchObject({
      message: expect.stringContaining('would take it back'),
    });
  });
});

it('a scan that succeeded once is no reason not to scan again', () => {
  const knowledge = knowing(scan, [anAction({ type: 'RunAntiVirusScan', status: 'Succeeded' })]);
  expect(planned({ job: scan, rows: [row(1, 1)], knowledge })[0]?.skip).toBeUndefined();
});
