import { describe, expect, it } from 'vitest';
import { offboard } from '../../jobs/offboard.ts';
import { restrict } from '../../jobs/restrict.ts';
import { briefingOf, nothingAgainst } from '../../src/core/briefing.ts';
import { eta } from '../../src/core/eta.ts';
import { knowledgeOf } from '../../src/core/knowledge.ts';
import { plan } from '../../src/core/plan.ts';
import { API_WINDOWS } from '../../src/core/rate.ts';
import type { Job, MachineFacts } from '../../src/core/types.ts';
import { anAction, excluding, machineId, someFacts } from '../support/builders.ts';

const NOW = new Date(2026, 10, 23, 12, 0).getTime();
const count = 1700;
const facts = (n: number): Partial<MachineFacts> => {
  if (n <= 12) return { computerDnsName: `dc${n}.corp.example`, osPlatform: 'WindowsServer2022' };
  if (n <= 200) return { healthStatus: 'Inactive', lastSeen: '2026-11-10T08:00:00Z' };
  return n === 201 ? { osPlatform: 'macOS' } : {};
};
const machines = Array.from({ length: count }, (_, i) =>
  someFacts({ id: machineId(i + 1), computerDnsName: `pc${i + 1}.corp.example`, lastSeen: '2026-11-23T08:00:00Z', ...facts(i + 1) }),
);
const made = plan({
  job: restrict,
  rows: machines.map(({ id }, i) => ({ row: i + 1, text: id, deviceName: '', file: 'list.txt', line: i + 1 })),
  exclusions: excluding('name:dc*', 'dc99'),
  knowledge: knowledgeOf({
    machines: new Map(machines.map((machine) => [machine.id, machine])),
    actions: [anAction({ machineId: machineId(300), status: 'Pending' })],
    type: 'RestrictCodeExecution',
    inverse: 'UnrestrictCodeExecution',
  }),
  now: NOW,
});
const brief = (job: Job = restrict) =>
  briefingOf({
    job,
    plan: made,
    comment: 'INC-7 ransomware',
    tenant: 'contoso',
    host: 'https://api.security.microsoft.com',
    eta: eta({ calls: made.calls, windows: API_WINDOWS, now: NOW }),
    now: NOW,
    emulated: false,
    refusals: [{ guard: 'max-targets', why: '1686 machines would be called, and --max-targets is 1000', canBeConfirmed: true }],
  });

describe('the briefing before the question', () => {
  it('says what is done to whom, what they notice, how it is taken back, who is spared, what to know, and when', () => {
    expect(brief()).toEqual({
      toType: '1686',
      parameters: [],
      risks: [expect.stringContaining('Line-of-business')],
      notes: [],
      emulated: false,
      action: 'restrict app execution',
      machines: 1686,
      noticed: expect.stringContaining('not signed by Microsoft'),
      undo: 'cordon undo RUN (unrestrict, on exactly the machines that this run reached)',
      comment: 'INC-7 ransomware',
      tenant: 'contoso',
      host: 'https://api.security.microsoft.com',
      names: { first: [13, 14, 15, 16, 17].map((n) => `pc${n}.corp.example`), more: 1681 },
      systems: [['Windows11', 1686]],
      excluded: { first: Array.from({ length: 10 }, (_, i) => `dc${i + 1}.corp.example`), more: 2 },
      leftOut: [
        ['excluded', 12],
        ['ineligible', 1],
        ['already-in-progress', 1],
      ],
      unmatched: { in: 'tenant', entries: [expect.objectContaining({ written: 'dc99' })] },
      warnings: ['188 inactive: would wait up to three days, then time out'],
      asked: ['1686 machines would be called, and --max-targets is 1000'],
      when: '100 now, 1500 by 12:14, the last at 13:01',
      time: '12:00',
    });
  });

  it('says so where nothing takes it back, and wants its word typed', () => {
    const { undo, toType } = brief(offboard);
    expect({ undo, toType }).toEqual({ undo: offboard.undo, toType: 'offboard' });
  });
});

describe('a plan that no guard refuses', () => {
  it.each([
    [{ size: 2, calls: 1, outcomes: { planned: 1, invalid: 1 } }, 'nothing stands against it'],
    [{ size: 2, calls: 0, outcomes: { invalid: 2 } }, 'nothing to call: 2 invalid'],
    [{ size: 3, calls: 0, outcomes: { excluded: 1, 'already-applied': 2 } }, 'nothing to call: 1 excluded, 2 already-applied'],
    [{ size: 0, calls: 0, outcomes: {} }, 'nothing to call: the list is empty'],
  ])('%o: %s', (of, words) => expect(nothingAgainst(of)).toBe(words));
});
