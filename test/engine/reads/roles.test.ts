import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { restrict } from '../../../jobs/restrict.ts';
import { GuardError, UsageError } from '../../../src/core/errors.ts';
import { exclusionsOf } from '../../../src/core/exclusions.ts';
import { plan } from '../../../src/core/plan.ts';
import { parseRole } from '../../../src/core/roles.ts';
import type { Answer, MachineFacts } from '../../../src/core/types.ts';
import { readRestrictions, withRestrictions } from '../../../src/engine/reads/restrictions.ts';
import { readRoles, type RoleExclusions } from '../../../src/engine/reads/roles.ts';
import { machineId, someFacts } from '../../support/builders.ts';
import { apiError, response } from '../../support/scripted.ts';
import { testService, untilOver, type TestService } from '../../support/service.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const graphOf = (...rows: readonly object[]): Answer =>
  response(200, { schema: [{ name: 'DeviceId' }, { name: 'DeviceName' }], results: rows });
const DC1 = { DeviceId: machineId(1), DeviceName: 'dc1.contoso.com' };

async function read(answer: Answer, roles = ['DomainController']): Promise<RoleExclusions & { service: TestService }> {
  const service = testService(() => answer);
  const found = await untilOver(readRoles(roles.map(parseRole), { graph: service, halt: service.halt }));
  return { ...found, service };
}

describe('machines by role', () => {
  it('are asked of the exposure graph, which knows roles and criticality', async () => {
    const { service } = await read(graphOf(DC1), ['DomainController', 'criticality:0', 'criticality:1']);
    const [first, second, third] = service.asked;
    expect(first).toMatch(/^POST security\/runHuntingQuery \{"Query":"ExposureGraphNodes\\n.*deviceRole\) has \\"DomainController\\"/);
    expect(second).toContain('criticalityLevel) == 0');
    expect(third).toContain('criticalityLevel) <= 1');
  });

  it('are left out by every id of theirs, and by name where they have none; whom it found is said', async () => {
    const { exclusions, told, empty } = await read(
      graphOf({ ...DC1, DeviceId: `${machineId(1)} ${machineId(2).toUpperCase()}` }, { DeviceId: '', DeviceName: 'DC9.contoso.com' }),
    );
    expect(exclusions.map(({ kind, values }) => [kind, values])).toEqual([
      ['id', [machineId(1), machineId(2)]],
      ['name', ['dc9.contoso.com']],
    ]);
    expect(told).toEqual(['DomainController: 2 machines of the tenant (dc1.contoso.com, DC9.contoso.com)']);
    expect(empty).toEqual([]);
  });

  it('are excluded in the plan, by name, and are no typo where no row falls under them', async () => {
    const { exclusions } = await read(graphOf(DC1, { DeviceId: machineId(7), DeviceName: 'dc7' }));
    const rows = [1, 2].map((n) => ({ row: n, text: machineId(n), deviceName: '', file: 'l.csv', line: n }));
    const made = plan({ job: restrict, rows, exclusions: exclusionsOf(exclusions) });
    expect([...made.rows].map(({ skip, message }) => [skip, message])).toEqual([
      ['excluded', expect.stringContaining('DomainController: dc1.contoso.com')],
      [undefined, undefined],
    ]);
    expect(made.unmatched).toEqual([]);
  });

  it.each([
    ['no permission', apiError(403, 'Forbidden', 'no')],
    ['no such table', apiError(400, 'BadRequest', "'ExposureGraphNodes' could not be resolved")],
    ['no usable answer', response(503, 'out')],
    ['an answer that may have been cut', graphOf(...Array.from({ length: 100_000 }, () => DC1))],
    ['a machine that nothing can tell', graphOf(DC1, { DeviceId: 'x', DeviceName: '' })],
  ])('fail closed: %s', async (_, answer) => {
    await expect(read(answer)).rejects.toThrow(GuardError);
    await expect(read(answer)).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining('--exclude-role DomainController cannot be judged'),
    });
  });

  it('fail closed where there is no Graph, and tell a role that nobody has', async () => {
    const { halt } = testService(() => graphOf());
    await expect(readRoles([parseRole('DomainController')], { halt })).rejects.toThrow(GuardError);
    expect((await read(graphOf(), ['DomainControler'])).empty).toEqual(['DomainControler']);
  });

  it.each(['', 'criticality:9', 'a"b', 'x | take 1', '1'])('is no role: %j', (text) => expect(() => parseRole(text)).toThrow(UsageError));
});

it('restricted onboarding is read by hunting and stands with the facts', async () => {
  const service = testService(() =>
    response(200, {
      results: [
        { DeviceId: machineId(1).toUpperCase(), RestrictedDeviceSecurityOperations: 'AdvancedResponse' },
        { DeviceId: machineId(9), RestrictedDeviceSecurityOperations: 'x' },
        { DeviceId: null },
      ],
    }),
  );
  const restrictions = await untilOver(readRestrictions({ graph: service, halt: service.halt }));
  const machines = new Map<string, MachineFacts>([1, 2].map((n) => [machineId(n), someFacts({ id: machineId(n) })]));
  const known = withRestrictions(machines, restrictions);
  expect([1, 2, 9].map((n) => known.get(machineId(n))?.restrictedOperations)).toEqual(['AdvancedResponse', undefined, undefined]);
  expect(withRestrictions(machines, new Map())).toBe(machines);
});
