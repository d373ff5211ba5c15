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

describe('an open action of the type that is about something else', () => {
  const file = (fileIdentifier: string | null, fileIdentifierType = 'Sha1'): MachineAction =>
    anAction({ type: 'StopAndQuarantineFile', relatedFileInfo: { fileIdentifier, fileIdentifierType } });
  const quarantined = (action: MachineAction): PlannedRow | undefined =>
    planned({ job: quarantine, rows: [row(1, 1, { sha1: A })], knowledge: knowing(quarantine, [action]) })[0];

  it('does not stand for the one that is asked for', () => {
    expect(quarantined(file(A.toUpperCase()))?.skip).toBe('already-in-progress');
    expect(quarantined(file(B))).toMatchObject({ message: expect.stringContaining(`something else: another file (${B})`) });
    expect(quarantined(file(B))?.skip).toBeUndefined();
    for (const untold of [file(null), file(B, 'Sha256'), anAction({ type: 'StopAndQuarantineFile' })])
      expect(quarantined(untold)?.skip).toBe('already-in-progress');
  });

  it('is a quick scan for a full one only', () => {
    const scanned = (scope: string, asked: string): PlannedRow | undefined =>
      planned({
        job: scan,
        parameters: { 'scan-type': asked },
        rows: [row(1, 1)],
        knowledge: knowing(scan, [anAction({ type: 'RunAntiVirusScan', scope })]),
      })[0];
    expect([scanned('Quick', 'full'), scanned('Full', 'quick'), scanned('Quick', 'quick')].map((each) => each?.skip)).toEqual([
      undefined,
      'already-in-progress',
      'already-in-progress',
    ]);
  });

  it('is never stacked for isolation, and said when it is in force', () => {
    const isolated = (status: string): PlannedRow | undefined =>
      planned({
        job: isolate,
        parameters: { 'isolation-type': 'selective' },
        rows: [row(1, 1)],
        knowledge: knowing(isolate, [anAction({ type: 'Isolate', status, scope: 'Full' })]),
      })[0];
    expect(isolated('Pending')).toMatchObject({ skip: 'ineligible', message: expect.stringContaining('an Isolate action is open') });
    expect(isolated('Succeeded')).toMatchObject({ skip: 'already-applied', message: expect.stringContaining('isolation of type Full') });
  });
});

it('a scan that succeeded once is no reason not to scan again', () => {
  const knowledge = knowing(scan, [anAction({ type: 'RunAntiVirusScan', status: 'Succeeded' })]);
  expect(planned({ job: scan, rows: [row(1, 1)], knowledge })[0]?.skip).toBeUndefined();
});
