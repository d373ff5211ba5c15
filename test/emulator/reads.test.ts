import { describe, expect, it } from 'vitest';
import { HOUR, machineId, MINUTE, tenant, type Tenant } from './tenant.ts';

/** A tenant with actions of machines 1 to n, one second apart. */
function busy(n: number, options: Parameters<typeof tenant>[0] = {}): Tenant {
  const made = tenant({ actionMs: [5000, 5000], rate: [{ limit: 10_000, ms: MINUTE }], ...options });
  for (let index = 1; index <= n; index++) {
    made.post(machineId(index));
    made.advance(1000);
  }
  return made;
}

/** The machines of the listed actions, as numbers. */
function numbers({ ask }: Tenant, query: string): number[] {
  return ask('GET', `/api/machineactions?${query}`).value.map((action) => parseInt(String(action['machineId']), 16));
}

describe('GET machineactions', () => {
  it('lists the newest first unless told otherwise', () => {
    expect(numbers(busy(4), '')).toStrictEqual([4, 3, 2, 1]);
    expect(numbers(busy(4), '$orderby=creationDateTimeUtc')).toStrictEqual([1, 2, 3, 4]);
    expect(numbers(busy(4), '$orderby=creationDateTimeUtc desc')).toStrictEqual([4, 3, 2, 1]);
    expect(numbers(busy(4), '$orderby=machineId asc')).toStrictEqual([1, 2, 3, 4]);
    expect(numbers(busy(4), '$orderby=status desc,machineId')).toStrictEqual([4, 1, 2, 3]);
    expect(numbers(busy(4), '$orderby=CreationDateTimeUtc DESC')).toStrictEqual([4, 3, 2, 1]);
  });

  it.each([
    [`machineId eq '${machineId(2)}'`, [2]],
    [`machineId in ('${machineId(1)}','${machineId(3)}')`, [3, 1]],
    [`machineId eq '${machineId(2)}' and status eq 'Succeeded'`, []],
    ["status eq 'Succeeded' or status eq 'Failed'", [1]],
    ["type eq 'Isolate'", []],
    ["requestor eq 'cordon emulator'", [4, 3, 2, 1]],
    ['creationDateTimeUtc ge 2026-11-23T10:00:02Z', [4, 3]],
    ['creationDateTimeUtc gt 2026-11-23T10:00:02Z', [4]],
    ['creationDateTimeUtc ge 2026-11-23T10:00:01Z and creationDateTimeUtc lt 2026-11-23T10:00:03Z', [3, 2]],
    ['lastUpdateDateTimeUtc ge 2026-11-23T10:00:04Z', [4, 1]],
    [`tolower(machineId) eq '${machineId(2)}'`, [2]],
    [`toupper(machineId) in ('${machineId(2)}')`, [2]],
    ['not (creationDateTimeUtc ge 2026-11-23T10:00:01Z)', [1]],
  ])('keeps to the filter %s', (filter, expected) => {
    const made = busy(4);
    made.advance(1000);
    expect(numbers(made, `$filter=${filter}`)).toStrictEqual(expected);
  });

  it('finds many actions by id in one read, quoted or not', () => {
    const made = busy(4);
    const ids = made.ask('GET', '/api/machineactions').value.map(({ id }) => String(id));
    expect(numbers(made, `$filter=id in ('${ids.slice(0, 2).join("','")}')`)).toStrictEqual([4, 3]);
    expect(numbers(made, `$filter=id eq ${ids[3]}`)).toStrictEqual([1]);
  });

  it('walks by $skip with $top, without a link', () => {
    const made = busy(5);
    const page = made.ask('GET', '/api/machineactions?$orderby=creationDateTimeUtc&$top=2&$skip=2');
    expect(page.value.map((action) => action['machineId'])).toStrictEqual([machineId(3), machineId(4)]);
    expect(page.body).not.toHaveProperty('@odata.nextLink');
    expect(numbers(made, '$orderby=creationDateTimeUtc&$top=2&$skip=4')).toStrictEqual([5]);
    expect(numbers(made, '$top=2&$skip=5')).toStrictEqual([]);
    expect(numbers(made, '$top=0')).toStrictEqual([]);
  });

  it('links to the next page when it is full and nobody set $top', () => {
    const made = busy(5, { pageSize: 2 });
    const { body } = made.ask('GET', "/api/machineactions?$filter=startswith(type,'Restrict')");
    const next = new URL(String(body['@odata.nextLink']));
    expect(next.searchParams.get('$skip')).toBe('2');
    expect(numbers(made, next.search.slice(1))).toStrictEqual([3, 2]);
    expect(made.ask('GET', '/api/machineactions?$skip=4').body).not.toHaveProperty('@odata.nextLink');
  });

  it('counts all that pass the filter when asked to', () => {
    const { body } = busy(5).ask('GET', '/api/machineactions?$count=true&$top=1');
    expect(body).toMatchObject({ '@odata.count': 5, '@odata.context': expect.stringMatching(/\$metadata#MachineActions$/) });
  });

  it.each(['$top=10001', '$top=x', '$skip=-1', '$filter=color eq 1', '$orderby=color', '$orderby=id sideways'])(
    'answers 400 to %s',
    (query) => {
      expect(tenant().ask('GET', `/api/machineactions?${query}`)).toMatchObject({ status: 400, error: { code: 'ODataError' } });
    },
  );

  it('answers an option that it does not know with an empty code', () => {
    expect(tenant().ask('GET', '/api/machineactions?$stop=1')).toMatchObject({ status: 400, error: { code: '', details: [] } });
  });

  it('shows an action only after the read lag, in the list and by id', () => {
    const { post, ask, advance } = tenant({ listLagMs: 5000 });
    const path = `/api/machineactions/${String(post(machineId(1)).body['id'])}`;
    advance(4999);
    expect(ask('GET', '/api/machineactions').value).toStrictEqual([]);
    expect(ask('GET', path)).toMatchObject({ status: 404, error: { code: 'ResourceNotFound' } });
    advance(1);
    expect(ask('GET', '/api/machineactions').value).toHaveLength(1);
    expect(ask('GET', path).status).toBe(200);
  });
});

describe('GET machineactions/{id}', () => {
  it('answers 400 to a key that is no guid', () => {
    expect(tenant().ask('GET', `/api/machineactions/${machineId(1)}`)).toMatchObject({
      status: 400,
      error: {
        code: 'BadRequest',
        message: `The key value (${machineId(1)}) from request is not valid. The key value should be format of type 'Edm.Guid'.`,
      },
    });
  });
});

describe('machines by address and tag', () => {
  const fleet = [
    { id: machineId(1), lastIpAddress: '10.0.0.1', machineTags: ['tier0'] },
    { id: machineId(2), ipAddresses: [{ ipAddress: '10.0.0.1' }, null], machineTags: ['tier'] },
    { id: machineId(3), machineTags: 'tier0' },
  ];
  const ids = (path: string): unknown[] =>
    tenant({ fleet, machines: [] })
      .ask('GET', path)
      .value.map(({ id }) => Number(id));

  it.each([
    ["/api/machines/findbyip(ip='10.0.0.1',timestamp=2026-11-23T09:00:00Z)", [1, 2]],
    ["/api/machines/findbyip(ip='10.0.0.2',timestamp=2026-11-23T09:00:00Z)", []],
    ['/api/machines/findbytag?tag=tier0', [1]],
    ['/api/machines/findbytag?tag=tier&useStartsWithFilter=true', [1, 2]],
  ])('%s finds %j', (path, expected) => {
    expect(ids(path)).toStrictEqual(expected);
  });

  it.each(['2026-10-01T00:00:00Z', 'yesterday'])('refuses the time %s', (time) => {
    expect(tenant({ fleet }).ask('GET', `/api/machines/findbyip(ip='10.0.0.1',timestamp=${time})`)).toMatchObject({ status: 400 });
  });

  it('needs a tag to look for', () => {
    expect(tenant().ask('GET', '/api/machines/findbytag')).toMatchObject({ status: 400, error: { code: 'MissingRequiredParameter' } });
  });

  it('tags one machine, once, and no unknown one', () => {
    const { ask } = tenant({ fleet, machines: [] });
    const tag = (id: string, body: object): ReturnType<typeof ask> => ask('POST', `/api/machines/${id}/tags`, { body });
    tag(machineId(1), { Value: 'new', Action: 'Add' });
    expect(tag(machineId(1), { Value: 'new', Action: 'Add' }).body['machineTags']).toStrictEqual(['tier0', 'new']);
    expect(ask('GET', `/api/machines/${machineId(1)}`).body['machineTags']).toStrictEqual(['tier0', 'new']);
    expect(tag(machineId(9), { Value: 'new', Action: 'Add' }).status).toBe(404);
    expect(tag(machineId(1), { Value: 'new', Action: 'add' })).toMatchObject({ status: 400, error: { code: 'InvalidRequestBody' } });
  });
});

describe('machines', () => {
  const fleet = [
    { id: machineId(1), computerDnsName: 'twin.contoso.com', osPlatform: 'Windows10', machineTags: ['tier0'] },
    { id: machineId(2), computerDnsName: 'Twin.contoso.com', osPlatform: 'Ubuntu', osBuild: null, rbacGroupId: 7 },
    { id: machineId(3), computerDnsName: null, healthStatus: 'Inactive', lastSeen: '2026-01-01T00:00:00Z' },
  ];
  const found = (filter: string): unknown[] =>
    tenant({ fleet, machines: [] })
      .ask('GET', `/api/machines?$filter=${filter}`)
      .value.map(({ id }) => Number(id));

  it.each([
    ["computerDnsName eq 'twin.contoso.com'", [1]],
    ["startswith(computerDnsName,'Twin')", [2]],
    ["osPlatform in ('Windows10','Windows11') and healthStatus ne 'Inactive'", [1]],
    ["contains(machineTags,'tier0')", [1]],
    ["machineTags/any(tag: tag eq 'tier0')", [1]],
    ['lastSeen lt 2026-06-01Z', [3]],
    ['rbacGroupId eq 7', [2]],
    ['aadDeviceId eq 00000000-0000-4000-a000-000000000002', [2]],
    ["onboardingStatus eq 'Onboarded' or id eq 'x'", [1, 2, 3]],
  ])('are listed by %s', (filter, ids) => {
    expect(found(filter)).toStrictEqual(ids);
  });

  it('refuses a quoted guid for the Entra device id', () => {
    const path = "/api/machines?$filter=aadDeviceId eq '00000000-0000-4000-a000-000000000000'";
    expect(tenant({ fleet }).ask('GET', path).status).toBe(400);
  });

  it('have all the fields of the API, and the given ones where a fleet is given', () => {
    const { body } = tenant({ fleet }).ask('GET', `/api/machines/${machineId(2)}`);
    expect(body).toMatchObject({ osPlatform: 'Ubuntu', osBuild: null, onboardingStatus: 'Onboarded', vmMetadata: null });
    expect(body['@odata.context']).toMatch(/\$metadata#Machines\/\$entity$/);
  });

  it('are found by id or by name without case, the first of that name', () => {
    const { ask } = tenant({ fleet });
    expect(ask('GET', '/api/machines/TWIN.contoso.com').body['id']).toBe(machineId(1));
    expect(ask('GET', '/api/machines/nobody')).toMatchObject({ status: 404, error: { message: 'Machine nobody was not found' } });
  });

  it('are listed once they were seen, where any id exists', () => {
    const { ask, post } = tenant();
    expect(ask('GET', '/api/machines').value).toStrictEqual([]);
    ask('GET', `/api/machines/${machineId(1)}`);
    post(machineId(2));
    expect(ask('GET', '/api/machines').value.map(({ id }) => id)).toStrictEqual([machineId(1), machineId(2)]);
  });

  it('are exactly the given ones otherwise, less the unknown', () => {
    const { ask } = tenant({ machines: [machineId(1), machineId(2)], unknown: [machineId(2)] });
    expect(ask('GET', '/api/machines').value).toHaveLength(1);
    expect(ask('GET', `/api/machines/${machineId(2)}`).status).toBe(404);
  });

  it('of an offline share were seen long ago, most of them Inactive; one that is back is Active', () => {
    const machines = Array.from({ length: 200 }, (_, n) => machineId(n));
    const { ask, advance } = tenant({ machines, offlineShare: 1, offlineForMs: [HOUR, HOUR] });
    const healthy = (status: string): number => ask('GET', `/api/machines?$filter=healthStatus eq '${status}'`).value.length;
    expect(healthy('Inactive')).toBeGreaterThan(100);
    expect(healthy('ImpairedCommunication')).toBeGreaterThan(10);
    expect(healthy('Active')).toBe(0);
    expect(ask('GET', "/api/machines?$filter=healthStatus eq 'Inactive' and lastSeen gt 2026-11-16Z").value).toStrictEqual([]);
    advance(HOUR);
    expect(healthy('Active')).toBe(200);
    expect(ask('GET', `/api/machines/${machineId(1)}`).body).toMatchObject({ healthStatus: 'Active', lastSeen: '2026-11-23T11:00:00Z' });
  });

  it('are the same for the same id', () => {
    const [one, other] = [tenant(), tenant()].map(({ ask }) => ask('GET', `/api/machines/${machineId(77)}`).body);
    expect(one).toStrictEqual(other);
  });

  it('need an id in a fleet', () => {
    expect(() => tenant({ fleet: [{ computerDnsName: 'x' }] })).toThrow('has no id');
  });
});
