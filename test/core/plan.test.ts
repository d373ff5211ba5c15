import { describe, expect, it } from 'vitest';
import { restrict } from '../../jobs/restrict.ts';
import { NO_EXCLUSIONS } from '../../src/core/exclusions.ts';
import { knowledgeOf } from '../../src/core/knowledge.ts';
import { openSinceIn } from '../../src/core/plan-warnings.ts';
import { plan, type PlanInput } from '../../src/core/plan.ts';
import type { InputRow, MachineAction, MachineFacts } from '../../src/core/types.ts';
import { anAction, excluding, machineId, someFacts } from '../support/builders.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const inputs = (...texts: string[]): InputRow[] =>
  texts.map((text, i) => ({ row: i + 1, text, deviceName: '', file: 'list.csv', line: i + 2 }));
const knowing = (facts: readonly Partial<MachineFacts>[], actions: readonly Partial<MachineAction>[] = []) =>
  knowledgeOf({
    machines: new Map(facts.map((one) => someFacts(one)).map((one) => [one.id, one])),
    actions: actions.map((action) => anAction(action)),
    type: 'RestrictCodeExecution',
    inverse: 'UnrestrictCodeExecution',
  });
const planOf = (input: Partial<PlanInput>) =>
  plan({ job: restrict, rows: inputs(machineId(1)), exclusions: NO_EXCLUSIONS, now: NOW, ...input });
const rowsOf = (input: Partial<PlanInput>) => [...planOf(input).rows];
const succeeded = { status: 'Succeeded' } as const;

describe('a plan', () => {
  it('calls every machine once, in the order of the list', () => {
    const made = planOf({ rows: inputs(machineId(2), machineId(1), machineId(2).toUpperCase(), 'x', '') });
    expect([...made.rows].map(({ row, skip, message }) => [row, skip ?? 'call', message])).toEqual([
      [1, 'call', undefined],
      [2, 'call', undefined],
      [3, 'duplicate', 'same machine as row 1'],
      [4, 'invalid', expect.stringContaining('device name')],
      [5, 'invalid', 'empty: no machine id in this row'],
    ]);
    expect(made).toMatchObject({ size: 5, calls: 2, outcomes: { invalid: 2, duplicate: 1, planned: 2 } });
  });

  it('gives calls places where live machines come first, and keeps the rows in the order of the list', () => {
    const facts = [{ healthStatus: 'Inactive' }, { osPlatform: 'macOS' }, { healthStatus: 'Active' }].map((one, i) => ({
      ...one,
      id: machineId(i + 1),
    }));
    const input = { rows: inputs(machineId(1), machineId(2), machineId(3)), knowledge: knowing(facts) };
    expect(rowsOf({ ...input, order: 'active-first' }).map(({ row, position }) => [row, position])).toEqual([
      [1, 2],
      [2, undefined],
      [3, 1],
    ]);
    expect(rowsOf(input).every((row) => !('position' in row))).toBe(true);
    expect(rowsOf({ ...input, knowledge: undefined, order: 'active-first' }).every((row) => !('position' in row))).toBe(true);
  });

  it('writes ids in lower case', () =>
    expect(rowsOf({ rows: inputs(machineId(0xabc).toUpperCase()) })[0]?.machineId).toBe(machineId(0xabc)));

  it('finds every duplicate among ids that are much alike', () => {
    const texts = Array.from({ length: 5000 }, (_, i) =>
      machineId((i % 2500) + 1)
        .split('')
        .reverse()
        .join(''),
    );
    expect(planOf({ rows: inputs(...texts) }).outcomes).toEqual({ duplicate: 2500, planned: 2500 });
  });

  it('says of an unknown machine that it is', () =>
    expect(rowsOf({ knowledge: knowing([]) })[0]).toMatchObject({ skip: 'invalid', message: expect.stringContaining('unknown machine') }));

  it.each([
    [{ osPlatform: 'macOS' }, 'macOS does not support this action'],
    [{ osPlatform: 'RedHatEnterpriseLinux' }, 'RedHatEnterpriseLinux does not support'],
    [{ osPlatform: 'iOS' }, 'iOS'],
    [{ onboardingStatus: 'Unsupported' }, 'not onboarded'],
    [{ mergedIntoMachineId: machineId(9) }, `merged into machine ${machineId(9)}`],
  ])('takes %o for ineligible, and calls it only when told to', (facts, why) => {
    expect(rowsOf({ knowledge: knowing([facts]) })[0]).toMatchObject({ skip: 'ineligible', message: expect.stringContaining(why) });
    expect(rowsOf({ knowledge: knowing([facts]), callIneligible: true })[0]).toMatchObject({ message: expect.stringContaining(why) });
    expect(planOf({ knowledge: knowing([facts]), callIneligible: true }).calls).toBe(1);
  });

  it.each([
    [{ osPlatform: 'SomethingNew' }, undefined],
    [{ osPlatform: null, onboardingStatus: null, healthStatus: null, lastSeen: null }, undefined],
    [{ healthStatus: 'ImpairedCommunication', lastSeen: '2026-11-13T11:00:00Z' }, 'ImpairedCommunication for 10 days'],
    [{ lastSeen: '2026-11-01T11:00:00Z' }, 'last seen 22 days ago'],
    [{ osBuild: 15_063 }, 'old build 15063'],
    [{ isPotentialDuplication: true, isExcluded: true }, 'possible duplicate record; excluded in the Defender portal'],
    [{ osPlatform: 'WindowsServer2022' }, 'server (WindowsServer2022)'],
  ])('only warns about %o', (facts, warning) => {
    const [row] = rowsOf({ knowledge: knowing([facts]) });
    expect(row?.skip).toBeUndefined();
    expect(row?.message ?? '').toContain(warning ?? '');
  });

  it('counts what there is to know about the calls, most first', () => {
    const silent = { healthStatus: 'Inactive', lastSeen: '2026-11-13T11:00:00Z' };
    const machines = [1, 2, 3].map((n) => ({ id: machineId(n), computerDnsName: `pc${n}`, ...silent }));
    const mac = { id: machineId(4), computerDnsName: 'mac', osPlatform: 'macOS', ...silent };
    const impaired = { id: machineId(5), computerDnsName: 'srv', osPlatform: 'WindowsServer2022', healthStatus: 'ImpairedCommunication' };
    const { warnings } = planOf({ rows: inputs(...[1, 2, 3, 4, 5].map(machineId)), knowledge: knowing([...machines, mac, impaired]) });
    expect(Object.entries(warnings)).toEqual([
      ['inactive', 3],
      ['unreachable', 1],
      ['server', 1],
    ]);
  });

  it('names other records with the same name', () => {
    const [row] = rowsOf({ knowledge: knowing([{}, { id: machineId(2), computerDnsName: 'PC1.contoso.com' }]) });
    expect(row?.message).toContain(`another record has the same DNS name: ${machineId(2)}`);
  });

  describe('on what was done before', () => {
    const facts = [{}];
    it('leaves alone a machine on which the job is in force, and says by whom', () => {
      const knowledge = knowing(facts, [{ ...succeeded, requestor: 'ana', creationDateTimeUtc: '2026-11-20T08:00:00Z' }]);
      expect(rowsOf({ knowledge })[0]).toMatchObject({ skip: 'already-applied', message: 'in force since 2026-11-20T08:00:00Z by ana' });
      expect(planOf({ knowledge, again: true }).calls).toBe(1);
    });

    const both = (done: Partial<MachineAction>, undone: Partial<MachineAction>) =>
      knowing(facts, [
        { ...succeeded, ...done },
        { ...succeeded, type: 'UnrestrictCodeExecution', ...undone },
      ]);
    const ended = (creationDateTimeUtc: string, lastUpdateDateTimeUtc?: string | null): Partial<MachineAction> => ({
      creationDateTimeUtc,
      ...(lastUpdateDateTimeUtc !== undefined && { lastUpdateDateTimeUtc }),
    });

    it('goes by the action that ended last, to the microsecond, whichever was asked for first', () => {
      const [sooner, later] = ['2026-11-20T08:00:05.144730Z', '2026-11-20T08:00:05.144731Z'];
      const [first, second] = ['2026-11-20T08:00:00Z', '2026-11-20T08:00:01Z'];
      for (const [ours, theirs] of [
        [first, second],
        [second, first],
      ] as const) {
        expect(planOf({ knowledge: both(ended(ours, later), ended(theirs, sooner)) }).calls).toBe(0);
        expect(planOf({ knowledge: both(ended(ours, sooner), ended(theirs, later)) }).calls).toBe(1);
        expect(planOf({ knowledge: both(ended(ours, later), ended(theirs, later)) }).calls).toBe(1);
      }
    });

    it('takes nothing for in force where the record does not tell which ended last; an action ends in three days', () => {
      const [day1, day2, day9] = ['2026-11-01T08:00:00Z', '2026-11-02T08:00:00Z', '2026-11-09T08:00:00Z'];
      expect(planOf({ knowledge: both(ended(day2, null), ended(day1, '0001-01-01T00:00:00Z')) }).calls).toBe(1);
      expect(planOf({ knowledge: both(ended(day9, null), ended(day1, '0001-01-01T00:00:00Z')) }).calls).toBe(0);
      expect(planOf({ knowledge: knowing(facts, [{ ...succeeded, ...ended(day1, null) }]) }).calls).toBe(0);
    });

    it.each(['Failed', 'TimeOut', 'Cancelled'])('does not count an action that ended %s', (status) =>
      expect(planOf({ knowledge: knowing(facts, [{ status }]) }).calls).toBe(1),
    );

    it('settles without a call what is open already, and keeps the action to be followed', () => {
      const knowledge = knowing(facts, [
        { id: 'a7', status: 'InProgress', requestor: 'ben', creationDateTimeUtc: '2026-11-20T08:00:00.5Z' },
      ]);
      const made = planOf({ knowledge });
      expect([...made.rows][0]).toMatchObject({
        skip: 'already-in-progress',
        action: { id: 'a7', status: 'InProgress' },
        message: 'open action since 2026-11-20T08:00:00.5Z by ben',
      });
      expect(openSinceIn([...made.rows][0]?.message ?? null)).toBe(Date.parse('2026-11-20T08:00:00.5Z'));
      expect(openSinceIn('open action of ana since 2026-11-20T08:00:00Z')).toBe(Date.parse('2026-11-20T08:00:00Z'));
      expect(openSinceIn('in force since 2026-11-20T08:00:00.5Z')).toBeUndefined();
      expect(made).toMatchObject({ calls: 0, outcomes: { 'already-in-progress': 1 } });
      const again = planOf({ knowledge, again: true });
      expect(again).toMatchObject({ calls: 1, outcomes: { planned: 1 }, warnings: { 'open-action': 1 } });
      expect([...again.rows][0]?.message).toContain('open action since');
    });

    it('calls where an open action is about to take back what is in force', () => {
      const knowledge = knowing(facts, [succeeded, { id: 'b', status: 'Pending', type: 'UnrestrictCodeExecution' }]);
      expect([...planOf({ knowledge }).rows][0]).toMatchObject({ message: expect.stringContaining('would take it back') });
      expect(planOf({ knowledge }).calls).toBe(1);
    });

    it('calls where a newer open action would take the open one back', () => {
      const both = (ours: string, theirs: string) =>
        knowing(facts, [
          { id: 'a', status: 'Pending', creationDateTimeUtc: ours },
          { id: 'b', status: 'Pending', type: 'UnrestrictCodeExecution', creationDateTimeUtc: theirs },
        ]);
      expect(planOf({ knowledge: both('2026-11-20T08:00:00Z', '2026-11-20T09:00:00Z') }).calls).toBe(1);
      expect(planOf({ knowledge: both('2026-11-20T09:00:00Z', '2026-11-20T08:00:00Z') }).calls).toBe(0);
    });

    it('says of a machine that is silent and waits that it will wait', () => {
      const silent = { healthStatus: 'Inactive', lastSeen: '2026-11-13T11:00:00Z' };
      expect(rowsOf({ knowledge: knowing([silent], [{ status: 'Pending' }]) })[0]?.message).toContain('Inactive for 10 days');
    });

    it('warns of an open action that would take it back', () => {
      const [row] = rowsOf({ knowledge: knowing(facts, [{ status: 'Pending', type: 'UnrestrictCodeExecution' }]) });
      expect(row?.message).toContain('an open UnrestrictCodeExecution action');
    });
  });

  describe('on exclusions', () => {
    it('spares by id, name, tag and group, and tells which entries match nothing', () => {
      const rows = inputs(...[1, 2, 3, 4, 5].map(machineId));
      const knowledge = knowing([
        { id: machineId(1) },
        { id: machineId(2), computerDnsName: 'DC1.corp' },
        { id: machineId(3), machineTags: ['VIP'] },
        { id: machineId(4), rbacGroupName: 'Servers' },
        { id: machineId(5), computerDnsName: 'pc5.corp' },
      ]);
      const made = planOf({ rows, knowledge, exclusions: excluding(machineId(1), 'dc1', 'tag:vip', 'group:servers', 'dc2') });
      expect([...made.rows].map(({ skip }) => skip ?? 'call')).toEqual(['excluded', 'excluded', 'excluded', 'excluded', 'call']);
      expect(made.unmatched.map(({ written }) => written)).toEqual(['dc2']);
      expect(made.unclear).toBeUndefined();
    });

    it('tells of calls that it cannot judge, and only of calls; the list’s own name is no help', () => {
      const rows = [...inputs(machineId(1), 'x'), { row: 3, text: machineId(2), deviceName: 'pc2', file: 'list.csv', line: 4 }];
      expect(planOf({ rows, exclusions: excluding('dc1') }).unclear).toEqual({
        count: 2,
        first: 'row 1 (list.csv:2): its name is not known',
      });
      expect(planOf({ rows, exclusions: excluding('dc1', 'pc2') }).unclear?.count).toBe(1);
      expect(planOf({ rows, exclusions: excluding(machineId(9)) }).unclear).toBeUndefined();
    });

    it('does not believe the list where it calls a domain controller something harmless', () => {
      const rows = [{ row: 1, text: machineId(1), deviceName: 'pc1', file: 'list.csv', line: 2 }];
      const knowledge = knowing([{ computerDnsName: 'dc1.corp.example' }]);
      expect(rowsOf({ rows, knowledge, exclusions: excluding('dc1') })[0]?.skip).toBe('excluded');
      expect(planOf({ rows, knowledge: knowing([{ computerDnsName: null }]), exclusions: excluding('dc1') }).unclear?.count).toBe(1);
    });

    it('takes an entry for matched that some other machine of the tenant falls under', () => {
      const knowledge = knowing([{ id: machineId(1) }, { id: machineId(2), computerDnsName: 'dc1.corp' }]);
      const made = planOf({ knowledge, exclusions: excluding('dc1', 'dc2', machineId(2), machineId(3)) });
      expect(made.unmatched.map(({ written }) => written)).toEqual(['dc2', machineId(3)]);
      expect(made.unmatchedIn).toBe('tenant');
      expect(planOf({ exclusions: excluding(machineId(2)) })).toMatchObject({
        unmatchedIn: 'list',
        unmatched: [{ written: machineId(2) }],
      });
    });
  });

  it('uses what names were resolved to', () => {
    const resolved = new Map([
      ['web', { machineId: machineId(1), note: 'found by the name web' }],
      ['two', { problem: '2 active records' }],
    ]);
    const rows = rowsOf({ rows: inputs('web', 'two', machineId(1)), resolved, knowledge: knowing([{}]) });
    expect(rows.map(({ machineId: id, skip, message }) => [id, skip, message])).toEqual([
      [machineId(1), undefined, 'found by the name web'],
      ['two', 'invalid', '2 active records'],
      [machineId(1), 'duplicate', 'same machine as row 1'],
    ]);
  });
});
