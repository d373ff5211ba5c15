import { describe, expect, it } from 'vitest';
import { machineId, tenant, tokenOfApp } from '../tenant.ts';

const ALERTS = [
  { id: 'da1_1', incidentId: 7, machineId: machineId(1) },
  { id: 'da2_1', incidentId: 7, machineId: machineId(2), severity: 'Low' },
  { id: 'da3_1', incidentId: 8, machineId: machineId(3) },
];
const INCIDENTS = [
  { incidentId: 9, redirectIncidentId: 7 },
  { incidentId: 10, machineIds: [machineId(4), machineId(5)] },
];
const world = { alerts: ALERTS, incidents: INCIDENTS };

describe('GET alerts', () => {
  const found = (query: string): unknown[] =>
    tenant(world)
      .ask('GET', `/api/alerts?${query}`)
      .value.map((alert) => alert['machineId']);

  it.each([
    ['$filter=incidentId eq 7&$top=10000', [1, 2]],
    ["$filter=incidentId eq 7 and severity eq 'Low'", [2]],
    ["$filter=id eq 'da3_1'", [3]],
    ['$filter=incidentId eq 10', [4, 5]],
    ['$filter=incidentId eq 9', []],
    ['$filter=incidentId le 8&$orderby=id desc&$top=1&$skip=2', [1]],
  ])('keeps to %s', (query, machines) => {
    expect(new Set(found(query))).toStrictEqual(new Set(machines.map(machineId)));
  });

  it('shows one by its id, and its machine', () => {
    const { ask } = tenant(world);
    expect(ask('GET', '/api/alerts/da1_1')).toMatchObject({ status: 200, body: { id: 'da1_1', machineId: machineId(1), status: 'New' } });
    expect(ask('GET', '/api/alerts/da1_1/machine').body).toMatchObject({ id: machineId(1), onboardingStatus: 'Onboarded' });
    expect(ask('GET', '/api/alerts/none')).toMatchObject({ status: 404, error: { code: 'ResourceNotFound' } });
    expect(ask('GET', '/api/alerts/none/machine').status).toBe(404);
  });

  it('needs a permission of its own; the machine behind one needs that for machines', () => {
    const made = tenant({ ...world, roles: ['Machine.Read.All'] });
    const token = tokenOfApp(made);
    expect(made.ask('GET', '/api/alerts', { token }).error['message']).toContain('Alert.Read.All,Alert.ReadWrite.All');
    expect(made.ask('GET', '/api/alerts/da1_1/machine', { token }).status).toBe(200);
  });

  it('refuses an alert without an id', () => {
    expect(() => tenant({ alerts: [{ incidentId: 1 }] })).toThrow('has no id');
  });
});

describe('GET incidents/{id}', () => {
  it('has alerts with their devices', () => {
    const { body } = tenant(world).ask('GET', '/api/incidents/7');
    expect(body).toMatchObject({ incidentId: 7, redirectIncidentId: null, status: 'Active' });
    expect(body['alerts']).toMatchObject([
      { alertId: 'da1_1', devices: [{ mdatpDeviceId: machineId(1) }] },
      { alertId: 'da2_1', devices: [{ mdatpDeviceId: machineId(2) }] },
    ]);
  });

  it('says where a merged one went', () => {
    expect(tenant(world).ask('GET', '/api/incidents/9').body).toMatchObject({
      incidentId: 9,
      redirectIncidentId: 7,
      status: 'Redirected',
      alerts: [],
    });
  });

  it('does not know others', () => {
    expect(tenant(world).ask('GET', '/api/incidents/99')).toMatchObject({ status: 404, error: { code: 'ResourceNotFound' } });
  });

  it.each(['https://api.security.microsoft.com', 'https://api.securitycenter.microsoft.com'])('takes a token for %s', (resource) => {
    const made = tenant(world);
    expect(made.ask('GET', '/api/incidents/7', { token: tokenOfApp(made, { scope: `${resource}/.default` }) }).status).toBe(200);
  });
});
