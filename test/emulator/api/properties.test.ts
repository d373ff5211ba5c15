import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../../src/emulator/world/options.ts';
import { machineId, MINUTE, ORIGIN, tenant, tokenOfApp, type Tenant } from '../tenant.ts';

const ID = machineId(1);

/** A tenant with actions of machines 1 to n. */
function busy(n: number, options: Partial<EmulatorOptions>): Tenant {
  const made = tenant(options);
  for (let index = 1; index <= n; index++) {
    made.post(machineId(index));
    made.advance(1000);
  }
  return made;
}

function page({ ask }: Tenant, skip: number): number[] {
  const query = `$orderby=creationDateTimeUtc&$top=2&$skip=${skip}`;
  return ask('GET', `/api/machineactions?${query}`).value.map(({ machineId: id }) => parseInt(String(id), 16));
}

describe('a tenant whose tokens are never accepted', () => {
  it('says why, to each new token', () => {
    const made = tenant({ unauthorized: 'Account mode is inactive', requireAuth: true });
    const tokens = [tokenOfApp(made), tokenOfApp(made)];
    expect(tokens[0]).not.toBe(tokens[1]);
    for (const token of tokens)
      expect(made.ask('GET', '/api/machines', { token })).toMatchObject({
        status: 401,
        error: { message: 'Unauthorized request - reason of failure: Account mode is inactive' },
      });
    expect(made.stats()).toMatchObject({ tokensIssued: 2, tokensRefused: 2, apis: [] });
  });
});

describe('machines without an automation level', () => {
  it('are refused alone', () => {
    const { post } = tenant({ disallowed: [ID] });
    expect(post(ID)).toMatchObject({ status: 403, error: { code: 'DisallowedOperation' } });
    expect(post(machineId(2)).status).toBe(201);
    expect(tenant({ disallowedShare: 1 }).post(ID).status).toBe(403);
  });
});

describe('an address that is too long', () => {
  it('is answered by a front end', () => {
    const { ask } = tenant({ maxUrl: 200 });
    const ids = Array.from({ length: 10 }, (_, n) => `'${machineId(n)}'`).join(',');
    expect(ask('GET', `/api/machines?$filter=id in (${ids})`)).toMatchObject({ status: 414, headers: { 'content-type': 'text/html' } });
    expect(ask('GET', '/api/machines').status).toBe(200);
  });
});

describe('lists', () => {
  it('may ignore $skip', () => {
    const made = busy(3, { lists: 'skip-ignored' });
    expect([page(made, 0), page(made, 2), page(made, 4)]).toStrictEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  it('may give each page twice', () => {
    const made = busy(3, { lists: 'pages-repeated' });
    expect([0, 2, 4, 6, 8].map((skip) => page(made, skip))).toStrictEqual([[1, 2], [1, 2], [3], [3], []]);
  });

  it('may never end, with something new on each page', () => {
    const made = busy(1, { lists: 'endless', pageSize: 5 });
    const ids = [0, 5, 10].flatMap((skip) => made.ask('GET', `/api/machineactions?$skip=${skip}`).value.map(({ id }) => id));
    expect(new Set(ids).size).toBe(15);
    const { value, body } = made.ask('GET', '/api/machines?$skip=100');
    expect(value).toHaveLength(5);
    expect(body).toHaveProperty('@odata.nextLink');
  });

  it('may have pages of a size of their own', () => {
    const made = busy(3, { pageSize: 1 });
    expect([page(made, 0), page(made, 1)]).toStrictEqual([[1], [2]]);
  });
});

describe('a clock that is off', () => {
  it.each([2, -2])('by %d hours stamps what it shows, and tokens stay good', (hours) => {
    const made = tenant({ clockOffsetMs: hours * 60 * MINUTE, requireAuth: true });
    const token = tokenOfApp(made);
    const told = made.ask('POST', `/api/machines/${ID}/restrictCodeExecution`, { body: { Comment: 'x' }, token });
    expect(told.status).toBe(201);
    expect(Date.parse(String(told.body['creationDateTimeUtc']))).toBe(ORIGIN + hours * 60 * MINUTE);
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({ exp: ORIGIN / 1000 + 3599 });
  });
});

describe('odd tags', () => {
  it('are on the machines, in every form, and lists that hold them can be filtered', () => {
    const { ask } = tenant({ oddTagShare: 1, machines: Array.from({ length: 60 }, (_, n) => machineId(n)) });
    const forms = new Set(ask('GET', '/api/machines').value.map(({ machineTags }) => JSON.stringify(machineTags)));
    expect(forms).toStrictEqual(
      new Set(['["x",null]', '"tier0"', String.raw`["access_token=abc\""]`, '[{"name":"tier0"}]', 'null', '[" tier0 "]']),
    );
    expect(ask('GET', "/api/machines?$filter=machineTags/any(tag: tag eq 'x')").value.length).toBeGreaterThan(0);
  });
});
