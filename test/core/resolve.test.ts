import { describe, expect, it } from 'vitest';
import { resolveTexts } from '../../src/core/resolve.ts';
import type { MachineFacts } from '../../src/core/types.ts';
import { machineId, someFacts } from '../support/builders.ts';

const AAD = '0f8fad5b-d9cb-469f-a165-708677289500';
const record = (n: number, overrides: Partial<MachineFacts> = {}): MachineFacts =>
  someFacts({ id: machineId(n), computerDnsName: 'web.corp', ...overrides });
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

  it('says why a text is neither', () =>
    expect(resolve('a b', record(1))).toMatchObject({ problem: expect.stringContaining('not an MDE machine id') }));
  it('leaves machine ids alone', () => expect(resolve(machineId(1), record(1))).toBeUndefined());
});
