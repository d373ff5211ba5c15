import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { restrict } from '../../../jobs/restrict.ts';
import { GuardError, UsageError } from '../../../src/core/errors.ts';
import { exclusionsOf } from '../../../src/core/exclusions.ts';
import { knowledgeOf } from '../../../src/core/knowledge.ts';
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

  it('are left out by every id of theirs, and by name; whom it found is said', async () => {
    const { exclusions, told, empty } = await read(
      graphOf({ ...DC1, DeviceId: `${machineId(1)} ${machineId(2).toUpperCase()}` }, { DeviceId: '', DeviceName: 'DC9.contoso.com' }),
    );
    expect(exclusions.map(({ kind, values }) => [kind, values])).toEqual([
      ['id', [machineId(1), machineId(2)]],
      ['name', ['dc1.contoso.com']],
      ['name', ['dc9.contoso.com']],
    ]);
    expect(told).toEqual(['DomainController: 2 machines of the tenant (dc1.contoso.com, DC9.contoso.com)']);
    expect(empty).toEqual([]);
  });

  it('are excluded in the plan, by name, and are no typo where no row falls under them', async () => {
    const { exclusions } = await read(graphOf(DC1, { DeviceId: machineId(7), DeviceName: 'dc7' }));
    const rows = [1, 2].map((n) => ({ row: n, text: machineId(n), deviceName: '', file: 'l.csv', line: n }));
    const machines = new Map([1, 2].map((n) => [machineId(n), someFacts({ id: machineId(n), computerDnsName: `dc${n}.contoso.com` })]));
    const made = plan({
      job: restrict,
      rows,
      exclusions: exclusionsOf(exclusions),
      knowledge: knowledgeOf({ machines, actions: [], type: restrict.actionType, inverse: undefined }),
    });
    expect([...made.rows].map(({ skip, message }) => [skip, message])).toEqual([
      ['excluded', expect.stringContaining('DomainController: dc1.contoso.com')],
      [undefined, undefined],
    ]);
    expect(made.unmatched).toEqual([]);
  });

  it('are left out by name too: the id that the graph knows may be that of an older record', async () => {
    const { exclusions } = await read(graphOf({ DeviceId: machineId(999), DeviceName: 'DC1.contoso.com' }));
    const facts = someFacts({ id: machineId(1), computerDnsName: 'dc1.contoso.com' });
    const made = exclusionsOf(exclusions);
    expect(made.matches({ machineId: facts.id, listName: '', facts })).toHaveLength(1);
    expect(made.needFacts).toBe(true);
  });

  it.each([
    ['no permission', apiError(403, 'Forbidden', 'no')],
    ['no such table', apiError(400, 'BadRequest', "'ExposureGraphNodes' could not be resolved")],
    ['no usable answer', response(503, 'out')],
    ['an answer that may have been cut', graphOf(...Array.from({ length: 100_000 }, () => DC1))],
    ['a machine that nothing can tell', graphOf(DC1, { DeviceId: '', DeviceName: null })],
    ['an id that is none', graphOf({ ...DC1, DeviceId: 'guid-1234' })],
    ['an id that is none beside one', graphOf({ ...DC1, DeviceId: `${machineId(1)} ${machineId(2).slice(1)}` })],
    ['ids with something else between them', graphOf({ ...DC1, DeviceId: `${machineId(1)},${machineId(2)}` })],
    ['ids as a list', graphOf({ ...DC1, DeviceId: [machineId(1)] })],
    ['an answer that goes on', response(200, { results: [DC1], '@odata.nextLink': 'https://more' })],
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
