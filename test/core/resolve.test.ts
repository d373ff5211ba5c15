import { describe, expect, it } from 'vitest';
import { resolveTexts } from '../../src/core/resolve.ts';
import type { MachineFacts } from '../../src/core/types.ts';
import { machineId, someFacts } from '../support/builders.ts';

const AAD = '0f8fad5b-d9cb-469f-a165-708677289500';
const record = (n: number, overrides: Partial<MachineFacts> = {}): MachineFacts =>
  someFacts({ id: machineId(n), computerDnsName: 'web.corp', ...overrides });
const newest = (text: string, ...machines: MachineFacts[]) => resolveTexts([text], machines, 'newest').get(text);
const resolve = (text: string, ...machines: MachineFacts[]) => resolveTexts([text], machines).get(text);

describe('looking a machine up', () => {
  it('finds a name without case, a trailing dot, and a host name for a full one', () => {
    const machine = record(1, { computerDnsName: 'Web.corp.example' });
    for (const text of ['web.corp.example', 'WEB.CORP.EXAMPLE.', 'web', 'Web'])
      expect(resolve(text, machine)).toMatchObject({ machineId: machine.id });
  });

  it('does not take a full name for another domain’s machine, nor a part of a name for the whole', () => {
    const machine = record(1, { computerDnsName: 'web.corp.example' });
    for (const text of ['web.other.example', 'we', 'web0', 'corp.example']) expect(resolve(text, machine)).toMatchObject({ unknown: true });
  });

  it('finds an Entra device id, in braces too', () => {
    const machine = record(1, { aadDeviceId: AAD.toUpperCase() });
    expect(resolve(`{${AAD}}`, machine)).toMatchObject({ machineId: machine.id });
  });

  it.each([
    ['inactive', { healthStatus: 'Inactive' }],
    ['not onboarded', { onboardingStatus: 'CanBeOnboarded' }],
    ['merged', { mergedIntoMachineId: machineId(1) }],
  ])('takes the one usable record beside one that is %s, and names the other', (_, overrides) => {
    expect(resolve('web.corp', record(1), record(2, overrides))).toEqual({
      machineId: machineId(1),
      note: expect.stringContaining(machineId(2)),
    });
  });

  it('never guesses between two usable records', () => {
    const found = resolve('web', record(1), record(2), record(3, { healthStatus: 'Inactive' }));
    expect(found).toEqual({ problem: expect.stringMatching(new RegExp(`2 active records.*${machineId(1)}.*${machineId(2)}`)) });
    expect(JSON.stringify(found)).not.toContain(machineId(3));
  });

  it('never guesses between two records of which none is usable', () => {
    expect(resolve('web', record(1, { healthStatus: 'Inactive' }), record(2, { healthStatus: 'Inactive' }))).toMatchObject({
      problem: expect.stringContaining('none of its 2 records'),
    });
  });

  it('takes a single record whatever its state, and leaves the judgement to the plan', () => {
    expect(resolve('web', record(1, { healthStatus: 'Inactive' }))).toMatchObject({ machineId: machineId(1) });
  });

  describe('with --resolve newest', () => {
    const seen = (n: number, lastSeen: string | null, overrides: Partial<MachineFacts> = {}): MachineFacts =>
      record(n, { lastSeen, ...overrides });

    it('takes the usable record that was seen last, and says so with all others', () => {
      const machines = [
        seen(1, '2026-11-20T00:00:00Z'),
        seen(2, '2026-11-23T01:00:00.5Z'),
        seen(3, '2026-11-24T00:00:00Z', { healthStatus: 'Inactive' }),
      ];
      expect(newest('web', ...machines)).toEqual({
        machineId: machineId(2),
        note: expect.stringMatching(/newest of 2 active records, last seen 2026-11-23/),
      });
      for (const other of [1, 3]) expect(newest('web', ...machines)).toMatchObject({ note: expect.stringContaining(machineId(other)) });
    });

    it.each([
      ['were seen at the same time', [seen(1, '2026-11-20T00:00:00Z'), seen(2, '2026-11-20T00:00:00Z')]],
      ['do not say when', [seen(1, null), seen(2, null)]],
      [
        'are of different machines',
        [seen(1, '2026-11-20T00:00:00Z'), seen(2, '2026-11-23T00:00:00Z', { computerDnsName: 'web.other.example' })],
      ],
    ])('still asks about records that %s', (_, machines) => {
      expect(newest('web', ...machines)).toMatchObject({ problem: expect.stringContaining('2 active records') });
    });

    it('follows an Entra device through its names', () => {
      const [old, renamed] = [
        seen(1, '2026-11-20T00:00:00Z', { aadDeviceId: AAD }),
        seen(2, '2026-11-23T00:00:00Z', { aadDeviceId: AAD, computerDnsName: 'new.corp' }),
      ];
      expect(newest(AAD, old, renamed)).toMatchObject({ machineId: machineId(2) });
    });

    it('changes nothing else', () => {
      expect(newest('web', seen(1, null))).toEqual(resolve('web', seen(1, null)));
      expect(newest('web', seen(1, null, { healthStatus: 'Inactive' }), seen(2, null, { healthStatus: 'Inactive' }))).toMatchObject({
        problem: expect.stringContaining('none of its 2'),
      });
    });

    it('is what the question points to without it', () => {
      expect(resolve('web', record(1), record(2))).toMatchObject({ problem: expect.stringContaining('--resolve newest') });
    });
  });

  it('says why a text is neither', () =>
    expect(resolve('a b', record(1))).toMatchObject({ problem: expect.stringContaining('not an MDE machine id') }));
  it('leaves machine ids alone', () => expect(resolve(machineId(1), record(1))).toBeUndefined());
});
