import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthError, UsageError, UserError } from '../../../src/core/errors.ts';
import type { Answer } from '../../../src/core/types.ts';
import { sourceNamed, sources } from '../../../src/engine/reads/sources/index.ts';
import type { Found, SourcePorts } from '../../../src/engine/reads/sources/source.ts';
import { MemoryState } from '../../../src/state/memory.ts';
import { aRow, aRun, machineId, someFacts } from '../../support/builders.ts';
import { apiError, response } from '../../support/scripted.ts';
import { testService, untilOver, type TestService } from '../../support/service.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Say = Parameters<typeof testService>[0];
const nothing: Say = () => apiError(404, 'NotFound', 'not here');

async function read(text: string, say: Say, ports: Partial<SourcePorts> = {}): Promise<{ found: Found; service: TestService }> {
  const service = testService(say);
  const { source, value } = sourceNamed(text);
  const all: SourcePorts = {
    mde: service,
    graph: service,
    xdr: service,
    state: new MemoryState(),
    halt: service.halt,
    tenant: 'contoso',
    emulated: false,
    readText: async () => 'DeviceInfo | take 5',
    ...ports,
  };
  return { found: await untilOver(source.read(value, all)), service };
}
const ids = ({ records }: Found): unknown[] => records.map(({ DeviceId }) => DeviceId);

it('every source is known by its own word, with help and what it needs', () => {
  expect(new Set(sources.map(({ kind }) => kind)).size).toBe(sources.length);
  for (const { kind, usage } of sources) expect(usage.startsWith(`${kind}:`)).toBe(true);
  expect(sourceNamed(' TAG:Tier 0:x ')).toMatchObject({ source: { kind: 'tag' }, value: 'Tier 0:x' });
  for (const text of ['', 'tag', 'tag:', 'tag: ', 'machines.csv', 'user:ana']) expect(() => sourceNamed(text)).toThrow(UsageError);
});

describe('tag: and group:', () => {
  const tenant =
    (machines: readonly object[]): Say =>
    (path) => {
      const skip = Number(/\$skip=(\d+)/.exec(path)?.[1] ?? 0);
      return response(200, { value: machines.slice(skip, skip + 2).map((machine) => ({ rbacGroupId: 0, ...machine })) });
    };
  const machines = [
    someFacts({ id: machineId(1), machineTags: ['tier0'], rbacGroupName: 'Servers' }),
    someFacts({ id: machineId(2), machineTags: ['Tier0x'] }),
    someFacts({ id: machineId(3), machineTags: ['x', 'TIER0'], rbacGroupName: 'UnassignedGroup' }),
    someFacts({ id: machineId(4), machineTags: ['Tier0'], mergedIntoMachineId: machineId(1) }),
    someFacts({ id: machineId(5), rbacGroupName: 'servers' }),
  ];

  it('take whole tags, whatever their case, from all pages, and no merged record', async () => {
    const { found, service } = await read('tag:Tier0', tenant(machines));
    expect(ids(found)).toEqual([machineId(1), machineId(3)]);
    expect(found.notes).toEqual(['1 merged records left out']);
    expect(service.lanes.map(({ segment }) => segment)).toEqual(['machines']);
  });

  it('take a group by its name, and those in none', async () => {
    expect(ids((await read('group:Servers', tenant(machines))).found)).toEqual([machineId(1), machineId(5)]);
    expect(ids((await read('group:UnassignedGroup', tenant(machines))).found)).toEqual([machineId(2), machineId(3)]);
    expect((await read('group:Serves', tenant(machines))).found).toMatchObject({
      records: [],
      notes: [expect.stringContaining('Servers')],
    });
  });

  it('give nothing when the reading fails half way', async () => {
    const half: Say = (path, body, n) => (n > 1 ? apiError(403, 'Forbidden', 'no roles') : tenant(machines)(path, body, n));
    await expect(read('tag:Tier0', half)).rejects.toThrow(AuthError);
  });

  it.each<[string, Say]>([
    ['ends in a 404', (path, body, n) => (n > 1 ? apiError(404, 'NotFound', 'gone') : tenant(machines)(path, body, n))],
    ['repeats itself', () => response(200, { value: machines.slice(0, 2) })],
    ['never ends', (_, __, n) => response(200, { value: [1, 2].map((i) => ({ ...machines[0], id: machineId(2 * n + i) })) })],
    ['has a machine without an id', tenant([...machines, { machineTags: ['Tier0'] }])],
  ])('give nothing from a list that %s', async (_, say) => {
    for (const source of ['tag:Tier0', 'group:Servers'])
      await expect(read(source, say)).rejects.toMatchObject({ exitCode: 5, message: expect.stringContaining('machines cannot be read') });
  });

  it('give nothing where a machine’s tags or group cannot be read; merged records do not matter', async () => {
    const odd = {
      ...someFacts({ id: machineId(6) }),
      machineTags: 'Tier0',
      rbacGroupId: 7,
      rbacGroupName: { name: 'Servers' },
    };
    await expect(read('tag:Tier0', tenant([...machines, odd]))).rejects.toMatchObject({
      exitCode: 5,
      message: /the tags of pc1.contoso.com/,
    });
    await expect(read('group:Servers', tenant([...machines, odd]))).rejects.toMatchObject({ exitCode: 5, message: /the group of/ });
    const merged = { ...odd, mergedIntoMachineId: machineId(1) };
    expect(ids((await read('tag:Tier0', tenant([...machines, merged]))).found)).toEqual([machineId(1), machineId(3)]);
  });

  it('take a tag that can be read beside one that cannot, and a record without tags for one that has none', async () => {
    const beside = { ...someFacts({ id: machineId(6) }), machineTags: [7, 'Tier0'] };
    const without = { ...someFacts({ id: machineId(7) }), machineTags: null };
    expect(ids((await read('tag:Tier0', tenant([beside, without]))).found)).toEqual([machineId(6)]);
  });
});

describe('query:', () => {
  const hunted = (results: readonly object[], schema: readonly object[] = [{ name: 'DeviceId', type: 'String' }]): Answer =>
    response(200, { schema, results });

  it('asks Graph once, in its casing, within the quota of hunting', async () => {
    const { found, service } = await read('query:x.kql', () => hunted([{ DeviceId: machineId(1) }]));
    expect(service.asked).toEqual(['POST security/runHuntingQuery {"Query":"DeviceInfo | take 5"}']);
    expect(found).toEqual({ columns: ['DeviceId'], records: [{ DeviceId: machineId(1) }], notes: [] });
    expect(service.lanes[0]?.windows).toEqual([
      { limit: 45, ms: 60_000 },
      { limit: 1500, ms: 3_600_000 },
    ]);
  });

  it('takes both spellings of the schema, and an answer without one', async () => {
    expect((await read('query:x.kql', () => hunted([], [{ Name: 'DeviceName', Type: 'String' }]))).found.columns).toEqual(['DeviceName']);
    expect((await read('query:x.kql', () => response(200, { results: [] }))).found.columns).toBeUndefined();
  });

  it('takes 10,000 rows, and never an answer that may have been cut', async () => {
    const rows = (count: number): object[] => Array.from({ length: count }, (_, i) => ({ DeviceId: machineId(i) }));
    expect((await read('query:x.kql', () => hunted(rows(10_000)))).found.records).toHaveLength(10_000);
    await expect(read('query:x.kql', () => hunted(rows(100_000)))).rejects.toThrow(/100000 at most: some may be missing/);
  });

  it('takes no answer that says that it goes on', async () => {
    const goesOn = (next: unknown) => () => response(200, { results: [{ DeviceId: machineId(1) }], '@odata.nextLink': next });
    await expect(read('query:x.kql', goesOn('https://more'))).rejects.toMatchObject({
      exitCode: 2,
      message: 'query:x.kql gives 1 rows, and the answer says that there are more',
      hint: expect.stringContaining('Nothing was sent'),
    });
    for (const next of [null, '', undefined]) expect((await read('query:x.kql', goesOn(next))).found.records).toHaveLength(1);
  });

  it('leaves out records that were merged into another, and says how many', async () => {
    const rows = [
      { DeviceId: machineId(1), MergedToDeviceId: '' },
      { DeviceId: machineId(2), MergedToDeviceId: null },
      { DeviceId: machineId(3), MergedToDeviceId: machineId(1) },
      { DeviceId: machineId(4), mergedtodeviceid: machineId(1) },
    ];
    const { found } = await read('query:x.kql', () => hunted(rows));
    expect(ids(found)).toEqual([machineId(1), machineId(2)]);
    expect(found.notes).toEqual(['2 merged records left out']);
  });

  it('tells what is wrong with a query, a permission, an answer', async () => {
    await expect(read('query:x.kql', () => apiError(400, 'BadRequest', "'where' operator: failed"))).rejects.toThrow(
      /query:x.kql cannot be read: BadRequest: 'where'/,
    );
    await expect(read('query:x.kql', () => apiError(403, 'Forbidden', 'no'))).rejects.toMatchObject({
      exitCode: 8,
      hint: expect.stringContaining('ThreatHunting.Read.All'),
    });
    await expect(read('query:x.kql', () => response(200, { results: 'x' }))).rejects.toMatchObject({ exitCode: 5 });
    await expect(read('query:x.kql', nothing, { readText: async () => ' \n' })).rejects.toThrow('no query in it');
    await expect(read('query:x.kql', nothing, { graph: undefined })).rejects.toThrow('Microsoft Graph cannot be reached');
  });

  it('waits as a 429 says, and asks again', async () => {
    const { service } = await read('query:x.kql', (_, __, n) =>
      n === 1 ? response(429, { error: { code: 'TooManyRequests', message: '' } }, { retryAfter: '7' }) : hunted([]),
    );
    expect(service.asked).toHaveLength(2);
  });

  it('asks again after answers that say nothing', async () => {
    const { service } = await read('query:x.kql', (_, __, n) => (n < 3 ? response(503, 'busy') : hunted([])));
    expect(service.asked).toHaveLength(3);
  });
});

describe('alert: and incident:', () => {
  const alert = (id: string, incidentId: number | string, machine: string | null): object => ({
    id,
    incidentId,
    machineId: machine,
    computerDnsName: 'pc',
  });
  const world =
    (alerts: readonly object[], incidents: Readonly<Record<string, number | null>>): Say =>
    (path) => {
      const incident = /^incidents\/(\d+)$/.exec(path)?.[1];
      if (incident !== undefined)
        return incident in incidents
          ? response(200, { incidentId: Number(incident), redirectIncidentId: incidents[incident] })
          : apiError(404, 'NotFound');
      const skip = Number(/\$skip=(\d+)/.exec(path)?.[1] ?? 0);
      return response(200, { value: alerts.slice(skip, skip + 3) });
    };

  it('take an alert’s machine, and say so when it names none', async () => {
    const one =
      (machine: string | null): Say =>
      (path) =>
        path === 'alerts/da1_2' ? response(200, alert('da1_2', 7, machine)) : apiError(404, 'NotFound');
    expect(ids((await read('alert:da1_2', one(machineId(1)))).found)).toEqual([machineId(1)]);
    expect((await read('alert:da1_2', one(null))).found).toMatchObject({ records: [], notes: ['1 alerts name no machine'] });
    await expect(read('alert:da9', one(null))).rejects.toThrow('there is no alert da9');
    await expect(read('alert:../machines', one(null))).rejects.toThrow('no alert id');
  });

  it('take each machine of an incident’s alerts once, from all pages, and of no other incident', async () => {
    const alerts = [
      alert('a', 7, machineId(1)),
      alert('b', 7, machineId(1).toUpperCase()),
      alert('c', 8, machineId(2)),
      alert('d', '7', machineId(3)),
      alert('e', 7, null),
    ];
    const { found, service } = await read('incident:7', world(alerts, { 7: null }));
    expect(found.records).toEqual([
      { DeviceId: machineId(1), DeviceName: 'pc', Alerts: 'a b' },
      { DeviceId: machineId(3), DeviceName: 'pc', Alerts: 'd' },
    ]);
    expect(found.notes).toEqual(['1 alerts name no machine']);
    expect(service.asked.find((path) => path.includes('alerts'))).toContain('$filter=incidentId eq 7');
  });

  it('follow an incident that was merged, through several, and never in a circle', async () => {
    const alerts = [alert('a', 9, machineId(1))];
    const { found } = await read('incident:7', world(alerts, { 7: 8, 8: 9, 9: null }));
    expect(ids(found)).toEqual([machineId(1)]);
    expect(found.notes).toEqual(['incident 7, 8 was merged into 9']);
    await expect(read('incident:7', world(alerts, { 7: 8, 8: 7 }))).rejects.toThrow('never end');
    await expect(read('incident:5', world(alerts, {}))).rejects.toThrow('there is no incident 5');
  });

  it('say that merges could not be read; then an incident without alerts proves nothing', async () => {
    const blind =
      (alerts: readonly object[]): Say =>
      (path, body, n) =>
        path.startsWith('incidents') ? apiError(403, 'Forbidden') : world(alerts, {})(path, body, n);
    expect((await read('incident:7', blind([alert('a', 7, machineId(1))]))).found.notes).toEqual([
      'whether the incident was merged could not be read',
    ]);
    await expect(read('incident:7', blind([]))).rejects.toMatchObject({ exitCode: 8, hint: expect.stringContaining('Incident.Read.All') });
  });

  it('never take a part of the alerts for all', async () => {
    await expect(read('incident:7', world([alert('a', 7, machineId(1)), { id: 'b' }], { 7: null }))).rejects.toThrow(UserError);
    const refused: Say = (path, body, n) =>
      path.startsWith('alerts') ? apiError(400, 'ODataError', 'no filter') : world([], { 7: null })(path, body, n);
    await expect(read('incident:7', refused)).rejects.toThrow('cannot be read');
    for (const text of ['incident:x', 'incident:0', 'incident:7 or 1 eq 1'])
      await expect(read(text, nothing)).rejects.toThrow('by its number');
  });
});

describe('run:', () => {
  const state = async (overrides: Parameters<typeof aRun>[0] = {}): Promise<MemoryState> => {
    const made = new MemoryState();
    const run = aRun({ status: 'done', ...overrides });
    await made.createRun(run, [
      aRow(1, { deviceName: 'pc1', input: { Site: 'Bonn', DeviceId: 'x' } }),
      aRow(2),
      aRow(3, { skip: 'excluded' }),
      aRow(4),
    ]);
    await made.settle(run.id, 1, { outcome: 'failed' }, 1);
    await made.settle(run.id, 2, { outcome: 'created' }, 1);
    return made;
  };
  const id = aRun().id;

  it('takes what the run called, or the outcomes that were named', async () => {
    const found = async (text: string): Promise<unknown[]> => ids((await read(text, nothing, { state: await state() })).found);
    expect(await found(`run:${id}`)).toEqual([machineId(1), machineId(2), machineId(4)]);
    expect(await found(`run:${id}:failed,not-sent`)).toEqual([machineId(1), machineId(4)]);
    expect(await found(`run:${id}:excluded`)).toEqual([machineId(3)]);
  });

  it('takes the columns of that run’s list along, under which none can pass for a machine', async () => {
    const { found } = await read(`run:${id}:failed`, nothing, { state: await state() });
    expect(found).toMatchObject({ column: 'DeviceId', records: [{ Site: 'Bonn', DeviceId: machineId(1), DeviceName: 'pc1' }] });
  });

  it('refuses another tenant’s, an emulated, an unknown run and unknown words', async () => {
    await expect(read(`run:${id}`, nothing, { state: await state({ tenant: 'fabrikam' }) })).rejects.toThrow('made in tenant fabrikam');
    await expect(read(`run:${id}`, nothing, { state: await state({ emulated: true }) })).rejects.toThrow('was emulated');
    await expect(read('run:r-1', nothing)).rejects.toThrow('there is no run r-1');
    await expect(read(`run:${id}:done`, nothing, { state: await state() })).rejects.toThrow('"done" is no outcome');
  });

  it('says so when that run is not finished', async () => {
    expect((await read(`run:${id}`, nothing, { state: await state({ status: 'interrupted' }) })).found.notes).toHaveLength(1);
  });
});
