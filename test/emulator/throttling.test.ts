import { describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { claimsOf, tokenOf } from '../../src/emulator/sign-in/tokens.ts';
import { DEFENDER, HOUR, machineId, MINUTE, ORIGIN, secretForm, tenant, TOKEN_PATH, type Tenant, type Told } from './tenant.ts';

const ID = machineId(1);
const TWO = [
  { limit: 2, ms: MINUTE },
  { limit: 3, ms: HOUR },
];

describe('quota', () => {
  it('refuses what is over the shorter window, then what is over the longer one', () => {
    const { post, advance } = tenant({ rate: TWO, countRejected: false });
    const statuses = [1, 2, 3].map((n) => post(machineId(n)).status);
    advance(MINUTE);
    const later = [4, 5].map((n) => post(machineId(n)).status);
    expect([statuses, later]).toStrictEqual([
      [201, 201, 429],
      [201, 429],
    ]);
  });

  it('lets rejected requests use up quota too where told', () => {
    const told = [true, false].map((countRejected) => {
      const { post, advance } = tenant({ rate: [{ limit: 1, ms: MINUTE }], countRejected });
      post(machineId(1));
      advance(MINUTE / 2);
      post(machineId(2));
      advance(MINUTE / 2);
      return post(machineId(3)).status;
    });
    expect(told).toStrictEqual([429, 201]);
  });

  it('is counted per API: reads and each action have their own', () => {
    const { post, ask } = tenant({ rate: [{ limit: 1, ms: MINUTE }] });
    const paths = ['/api/machines', `/api/machines/${ID}`, '/api/machineactions'];
    const statuses = [post(ID), post(ID, 'unrestrictCodeExecution'), ...paths.map((path) => ask('GET', path))].map(({ status }) => status);
    expect(statuses).toStrictEqual([201, 201, 200, 200, 200]);
    expect(ask('GET', '/api/machines').status).toBe(429);
  });

  it('is counted per app and tenant', () => {
    const { ask } = tenant({ rate: [{ limit: 1, ms: MINUTE }] });
    const common = { iss: '', aud: DEFENDER, iat: 0, exp: ORIGIN / 1000 + 60, roles: ['Machine.Read.All'] };
    const callers = [
      { appid: 'a', tid: 't' },
      { appid: 'b', tid: 't' },
      { appid: 'a', tid: 'u' },
      { appid: 'a', tid: 't' },
    ];
    const statuses = callers.map((caller) => ask('GET', '/api/machines', { token: tokenOf({ ...common, ...caller }) }).status);
    expect(statuses).toStrictEqual([200, 200, 200, 429]);
  });

  it('counts what is refused for other reasons', () => {
    const { post } = tenant({ rate: [{ limit: 1, ms: MINUTE }], unknown: [ID] });
    expect([post(ID).status, post(ID).status]).toStrictEqual([404, 429]);
  });

  it.each([
    ['sliding', 429],
    ['fixed', 201],
    ['bucket', 201],
  ] as const)('counts in a %s window where told', (windowKind, last) => {
    const { post, advance } = tenant({ rate: [{ limit: 2, ms: MINUTE }], windowKind });
    advance(MINUTE / 2);
    post(machineId(1));
    post(machineId(2));
    advance(MINUTE / 2);
    expect(post(machineId(3)).status).toBe(last);
  });

  it('reports arrivals and the busiest count under all kinds, whatever is enforced', () => {
    const { post, stats, advance } = tenant({ rate: [{ limit: 2, ms: MINUTE }], windowKind: 'fixed' });
    advance(MINUTE / 2);
    for (const n of [1, 2, 3]) post(machineId(n));
    advance(MINUTE / 2);
    post(machineId(4));
    expect(stats().apis).toStrictEqual([
      {
        tenant: expect.any(String),
        app: 'opaque',
        api: 'restrictCodeExecution',
        requests: 4,
        throttled: 1,
        posts: 4,
        windows: [{ limit: 2, ms: MINUTE, busiest: { sliding: 4, fixed: 3, bucket: 3, weighted: 4 } }],
      },
    ]);
  });
});

/** The 429 that comes 51.5 s after the only request a minute allows. */
function refusedOf(options: Partial<EmulatorOptions>): Told {
  const { post, advance } = tenant({ rate: [{ limit: 1, ms: MINUTE }], countRejected: false, ...options });
  post(ID);
  advance(51_500);
  return post(ID);
}

describe('a 429', () => {
  it('names the seconds in a header, and the quota in the older text', () => {
    const { headers, error } = refusedOf({ retryAfter: 'header' });
    expect(headers['retry-after']).toBe('9');
    expect(error).toMatchObject({ code: '429', message: 'API calls quota exceeded! maximum allowed 1 per 00:01:00' });
  });

  it('names a date to be read against its own', () => {
    const { headers } = refusedOf({ retryAfter: 'date' });
    expect(headers).toMatchObject({ date: 'Mon, 23 Nov 2026 10:00:51 GMT', 'retry-after': 'Mon, 23 Nov 2026 10:01:00 GMT' });
  });

  it('names the seconds in the newer text alone', () => {
    const { headers, error } = refusedOf({ retryAfter: 'text' });
    expect(headers).not.toHaveProperty('retry-after');
    expect(error['message']).toBe(
      'API calls quota exceeded! Maximum allowed 1 per 00:01:00 for the key Destination+TenantID+AppID. You can send requests again in 9 seconds.',
    );
  });

  it('names no wait at all where told', () => {
    const { headers, error } = refusedOf({ retryAfter: 'none' });
    expect(headers).not.toHaveProperty('retry-after');
    expect(error['message']).not.toContain('again');
  });

  it.each(['sliding', 'fixed', 'bucket', 'weighted'] as const)(
    'tells a wait that suffices where rejected requests count (%s)',
    (windowKind) => {
      const { post, advance } = tenant({
        rate: [
          { limit: 2, ms: MINUTE },
          { limit: 4, ms: HOUR },
        ],
        windowKind,
        countRejected: true,
      });
      for (const n of [1, 2, 3]) post(machineId(n));
      advance(10_000);
      advance(Number(post(machineId(4)).headers['retry-after']) * 1000);
      expect(post(machineId(5)).status).toBe(201);
    },
  );

  it('tells the wait of the clock on the wall when the emulated one is faster', () => {
    expect(refusedOf({ rate: [{ limit: 1, ms: HOUR }], speed: 60 }).headers['retry-after']).toBe('60');
  });
});

interface SignedIn {
  readonly made: Tenant;
  readonly token: string;
}

function tokenFor(options: Partial<EmulatorOptions>, form = secretForm()): SignedIn {
  const made = tenant(options);
  return { made, token: String(made.ask('POST', TOKEN_PATH, { body: form }).body['access_token']) };
}

function post({ made, token }: SignedIn): Told {
  return made.ask('POST', `/api/machines/${ID}/restrictCodeExecution`, { body: { Comment: 'x' }, token });
}

describe('authority', () => {
  it('comes from a token of the emulator, which says who asks', () => {
    const given = tokenFor({ requireAuth: true });
    expect(post(given).status).toBe(201);
    expect(given.made.stats()).toMatchObject({ tokensIssued: 1, apis: [{ app: claimsOf(given.token)?.appid }] });
  });

  it('is refused without a bearer', () => {
    const { ask } = tenant();
    const reply = ask('GET', '/api/machines', { headers: { authorization: '' } });
    expect(reply).toMatchObject({ status: 401, error: { code: 'Unauthorized' } });
  });

  it('passes any other bearer unless it is required', () => {
    expect(tenant().ask('GET', '/api/machines', { token: 'anything' }).status).toBe(200);
    expect(tenant({ requireAuth: true }).ask('GET', '/api/machines', { token: 'anything' }).status).toBe(401);
  });

  it('ends with the token', () => {
    const given = tokenFor({ tokenLifetimeS: 60 });
    given.made.advance(59_999);
    expect(post(given).status).toBe(201);
    given.made.advance(1);
    expect(post(given)).toMatchObject({ status: 401, error: { message: expect.stringContaining('expired') } });
  });

  it('ends with the token in emulated time where the clock is faster', () => {
    const given = tokenFor({ tokenLifetimeS: 600, speed: 60 });
    expect((claimsOf(given.token)?.exp ?? 0) * 1000).toBe(ORIGIN + 10_000);
    given.made.advance(600_000);
    expect(post(given).status).toBe(401);
  });

  it('needs the role of the action', () => {
    expect(post(tokenFor({ roles: ['Machine.Isolate'] }))).toMatchObject({
      status: 403,
      error: {
        code: 'Forbidden',
        message: 'Missing application roles. API required roles: Machine.RestrictExecution, application roles: Machine.Isolate.',
      },
    });
  });

  it('needs a role for reads as well', () => {
    const { made, token } = tokenFor({ roles: ['Machine.Isolate'] });
    expect(made.ask('GET', '/api/machines', { token }).error['message']).toBe(
      'Missing application roles. API required roles: Machine.Read.All,Machine.ReadWrite.All, application roles: Machine.Isolate.',
    );
  });

  it('needs a token for this API', () => {
    expect(post(tokenFor({}, secretForm({ scope: 'https://graph.microsoft.com/.default' }))).status).toBe(403);
  });
});

describe('paths', () => {
  it('answer 405 with nothing but the right verb', () => {
    const reply = tenant().ask('GET', `/api/machines/${ID}/restrictCodeExecution`);
    expect(reply).toMatchObject({ status: 405, text: '', headers: { allow: 'POST', 'content-length': '0' } });
    expect(tenant().ask('DELETE', '/api/machines').headers['allow']).toBe('GET');
  });

  it('answer 501 below the APIs and 404 elsewhere when there is nothing', () => {
    expect(tenant().ask('GET', '/api/nothing')).toMatchObject({ status: 501, error: { code: 'NotImplemented' } });
    expect(tenant().ask('GET', '/v1.0/me')).toMatchObject({ status: 501, error: { innerError: {} } });
    expect(tenant().ask('GET', '/').status).toBe(404);
    expect(tenant().ask('GET', '/_emulator/nothing').status).toBe(404);
  });
});
