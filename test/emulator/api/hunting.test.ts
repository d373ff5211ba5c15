import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../../src/emulator/world/options.ts';
import { parseHunting } from '../../../src/emulator/world/hunting-rules.ts';
import { machineId, MINUTE, tenant, tokenOfApp, type Tenant, type Told } from '../tenant.ts';

const GRAPH = '/v1.0/security/runHuntingQuery';

function hunt({ ask }: Tenant, query: string, path = GRAPH): Told {
  return ask('POST', path, { body: { Query: query } });
}

function ids(told: Told): unknown[] {
  const { results } = told.body;
  return Array.isArray(results) ? results.map((row) => row.DeviceId) : [];
}

const rows = (count: number): Partial<EmulatorOptions> => ({ hunting: parseHunting(JSON.stringify({ count }), 'rules') });

describe('runHuntingQuery', () => {
  it('answers what a rule says, the first that fits', () => {
    const rules = [
      { match: 'EmailEvents', results: [] },
      { match: 'Device', schema: [{ name: 'DeviceId' }], results: [{ DeviceId: machineId(1) }] },
      { match: 'boom', error: { status: 400, code: 'BadRequest', message: 'no such table' } },
    ];
    const made = tenant({ hunting: parseHunting(JSON.stringify(rules), 'rules') });
    expect(hunt(made, 'DeviceEvents | take 1').body).toStrictEqual({
      '@odata.context': expect.stringContaining('huntingQueryResults'),
      schema: [{ name: 'DeviceId', type: 'String' }],
      results: [{ DeviceId: machineId(1) }],
    });
    expect(hunt(made, 'boom')).toMatchObject({
      status: 400,
      error: { code: 'BadRequest', message: 'no such table', innerError: { 'request-id': expect.any(String) } },
    });
  });

  it('takes the body in either case, and none without a query', () => {
    const made = tenant(rows(1));
    expect(made.ask('POST', GRAPH, { body: { query: 'x', timespan: 'P7D' } }).status).toBe(200);
    expect(made.ask('POST', '/beta/security/microsoft.graph.security.runHuntingQuery', { body: { Query: 'x' } }).status).toBe(200);
    expect(made.ask('POST', GRAPH, { body: { Quest: 'x' } })).toMatchObject({ status: 400, error: { code: 'BadRequest' } });
  });

  it('may be defined by a function, and says 501 to what nobody defines', () => {
    const made = tenant({ hunting: (query, { now }) => (query === 'when' ? { schema: [], results: [{ now }] } : undefined) });
    expect(hunt(made, 'when').body).toMatchObject({ results: [{ now: expect.any(Number) }] });
    expect(hunt(made, 'EmailEvents')).toMatchObject({ status: 501, error: { code: 'NotImplemented' } });
  });

  it.each([1, 10_000])('gives %d rows', (count) => {
    expect(ids(hunt(tenant(rows(count)), 'x'))).toHaveLength(count);
  });

  it('leaves out what is over the row limit without a word, or refuses the query', () => {
    expect(ids(hunt(tenant({ ...rows(12), huntingRows: 10 }), 'x'))).toHaveLength(10);
    expect(hunt(tenant({ ...rows(12), huntingRows: 10, huntingOverflow: 'refuse' }), 'x')).toMatchObject({
      status: 400,
      error: { message: expect.stringContaining('exceeded the allowed result size') },
    });
    expect(hunt(tenant({ ...rows(12), huntingBytes: 100 }), 'x').status).toBe(400);
  });

  it('needs a token for Graph with its permission', () => {
    const made = tenant({ ...rows(1), requireAuth: true });
    const scope = 'https://graph.microsoft.com/.default';
    const ask = (token: string, from = made): number => from.ask('POST', GRAPH, { body: { Query: 'x' }, token }).status;
    expect(ask(tokenOfApp(made, { scope }))).toBe(200);
    expect(ask(tokenOfApp(made))).toBe(403);
    const poor = tenant({ graphRoles: [] });
    expect(ask(tokenOfApp(poor, { scope }), poor)).toBe(403);
  });

  it('counts 45 a minute for the whole tenant', () => {
    const made = tenant(rows(1));
    const statuses = Array.from({ length: 46 }, () => hunt(made, 'x').status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  });
});

describe.each([['advancedqueries/run'], ['advancedhunting/run']])('POST %s', (path) => {
  it('has the same rows in its own case', () => {
    expect(hunt(tenant(rows(1)), 'x', `/api/${path}`).body).toMatchObject({
      Schema: [{ Name: 'DeviceId', Type: 'String' }, { Name: 'DeviceName' }],
      Results: [{ DeviceId: machineId(0) }],
    });
  });
});

describe('the tables of the world', () => {
  const fleet = [
    { id: machineId(1), computerDnsName: 'dc1', deviceRoles: ['DomainController'], criticalityLevel: 0 },
    { id: machineId(2), computerDnsName: 'pc2', restrictedDeviceSecurityOperations: 'Basic response' },
    { id: machineId(3), computerDnsName: 'vip3', criticalityLevel: 0 },
  ];
  const isolate = (made: Tenant, n: number): Told =>
    made.ask('POST', `/api/machines/${machineId(n)}/isolate`, { body: { Comment: 'x', IsolationType: 'Full' } });

  it('show the columns that a query names', () => {
    const query =
      'DeviceInfo | summarize arg_max(Timestamp, *) by DeviceId | project DeviceId, DeviceName, Ops = RestrictedDeviceSecurityOperations';
    expect(hunt(tenant({ fleet }), query).body['results']).toMatchObject([{ DeviceId: machineId(1), DeviceName: 'dc1' }, {}, {}]);
    expect(hunt(tenant({ fleet }), 'DeviceInfo | take 1 | project DeviceName').body).toMatchObject({ results: [{ DeviceName: 'dc1' }] });
  });

  it('filter by ids', () => {
    expect(ids(hunt(tenant({ fleet }), `DeviceInfo | where DeviceId in ("${machineId(2)}", '${machineId(9)}')`))).toStrictEqual([
      machineId(2),
    ]);
  });

  it('say by MitigationStatus what is isolated now', () => {
    const made = tenant({ fleet, actionMs: [5000, 5000] });
    const query = 'DeviceInfo | where tostring(parse_json(MitigationStatus).Isolated) =~ "true" | project DeviceId, MitigationStatus';
    isolate(made, 2);
    expect(ids(hunt(made, query))).toStrictEqual([]);
    made.advance(5000);
    expect(hunt(made, query).body['results']).toStrictEqual([{ DeviceId: machineId(2), MitigationStatus: '{"Isolated":"true"}' }]);
    made.post(machineId(2), 'unisolate');
    made.advance(MINUTE);
    expect(ids(hunt(made, query))).toStrictEqual([]);
  });

  it('know of an isolation that was cancelled in vain', () => {
    const made = tenant({ fleet, cancelledInVain: 1 });
    const { id } = isolate(made, 2).body;
    expect(made.ask('POST', `/api/machineactions/${String(id)}/cancel`).body['status']).toBe('Cancelled');
    expect(hunt(made, 'DeviceInfo | project DeviceId, MitigationStatus').body['results']).toContainEqual({
      DeviceId: machineId(2),
      MitigationStatus: '{"Isolated":"true"}',
    });
  });

  it('find domain controllers and what is most critical', () => {
    const dc = 'ExposureGraphNodes | where NodeProperties.rawData.deviceRole has "DomainController" | project DeviceId';
    const top =
      'ExposureGraphNodes | where toint(NodeProperties.rawData.criticalityLevel.criticalityLevel) == 0 | project DeviceId, NodeName';
    expect(ids(hunt(tenant({ fleet }), dc))).toStrictEqual([machineId(1)]);
    expect(ids(hunt(tenant({ fleet }), top))).toStrictEqual([machineId(1), machineId(3)]);
  });
});

describe('rules', () => {
  it.each([
    ['{', 'is no JSON'],
    ['[{"match": 5}]', 'has no hunting rules'],
    ['[{"matches": "x"}]', 'has no hunting rules'],
    ['[{"error": {"status": 200, "code": "", "message": ""}}]', 'has no hunting rules'],
  ])('%s are refused', (text, message) => {
    expect(() => parseHunting(text, 'rules.json')).toThrow(message);
  });
});
