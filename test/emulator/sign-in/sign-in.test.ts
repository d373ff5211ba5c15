import { describe, expect, it } from 'vitest';
import { complete } from '../../../src/emulator/world/defaults.ts';
import { claimsOf, tokenOf } from '../../../src/emulator/sign-in/tokens.ts';
import { DEFENDER, ORIGIN, secretForm, tenant, TOKEN_PATH } from '../tenant.ts';

const { tenant: tenantId, clientId, roles } = complete({});
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describe('a token by secret', () => {
  it('carries tenant, app, roles, audience and end', () => {
    const { body } = tenant().ask('POST', TOKEN_PATH, { body: secretForm() });
    expect(body).toStrictEqual({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: expect.any(String) });
    expect(claimsOf(String(body['access_token']))).toStrictEqual({
      iss: `https://sts.windows.net/${tenantId}/`,
      aud: DEFENDER,
      tid: tenantId,
      appid: clientId,
      iat: ORIGIN / 1000,
      exp: ORIGIN / 1000 + 3599,
      roles,
    });
  });

  it('comes from the v1 endpoint with a resource, its numbers as texts', () => {
    const form = secretForm({ resource: DEFENDER });
    const { body } = tenant().ask('POST', `/${tenantId}/oauth2/token`, { body: form });
    expect(body).toMatchObject({ expires_in: '3599', resource: DEFENDER });
  });

  it.each([
    [{ client_secret: 'wrong' }, 401, 'invalid_client', 7_000_215],
    [{ client_id: 'wrong' }, 400, 'unauthorized_client', 700_016],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type', 70_003],
    [{ scope: '' }, 400, 'invalid_request', 900_144],
  ])('is refused for %j', (changes, status, error, code) => {
    const reply = tenant().ask('POST', TOKEN_PATH, { body: secretForm(changes) });
    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject({ error, error_codes: [code], error_description: expect.stringContaining(`AADSTS${code}: `) });
  });

  it('is refused for another tenant', () => {
    const reply = tenant().ask('POST', '/contoso/oauth2/v2.0/token', { body: secretForm() });
    expect(reply.body).toMatchObject({ error_codes: [90_002] });
  });

  it('comes from the v1 endpoint by GET too, with the form in the body or in the address', () => {
    const form = secretForm({ resource: DEFENDER });
    const path = `/${tenantId}/oauth2/token`;
    expect(tenant().ask('GET', path, { body: form }).status).toBe(200);
    expect(tenant().ask('GET', `${path}?${form.toString()}`).status).toBe(200);
  });

  it('has another text each time', () => {
    const { ask } = tenant();
    const texts = [1, 2].map(() => ask('POST', TOKEN_PATH, { body: secretForm() }).body['access_token']);
    expect(texts[0]).not.toBe(texts[1]);
  });

  it.each([
    ['http://emulator', 200],
    ['http://emulator/', 200],
    ['https://securitycenter.onmicrosoft.com/windowsatpservice', 200],
    ['https://api.security.microsoft.com', 403],
    ['https://graph.microsoft.com', 403],
  ])('for %s is answered %d by the API', (resource, status) => {
    const { ask } = tenant();
    const { access_token: token } = ask('POST', TOKEN_PATH, { body: secretForm({ scope: `${resource}/.default` }) }).body;
    expect(ask('GET', '/api/machines', { token: String(token) }).status).toBe(status);
  });

  it('is only posted for', () => {
    expect(tenant().ask('GET', TOKEN_PATH)).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});

describe('a token by assertion', () => {
  it('is given for anything that has the form of one', () => {
    const assertion = tokenOf({ iss: clientId, aud: '', tid: '', appid: '', iat: 0, exp: 0 });
    const form = secretForm({ client_secret: '', client_assertion: assertion, client_assertion_type: ASSERTION_TYPE });
    expect(tenant().ask('POST', TOKEN_PATH, { body: form }).status).toBe(200);
  });

  it.each(['nonsense', 'a.b.c', ''])('is refused for %j', (assertion) => {
    const form = secretForm({ client_assertion: assertion, client_assertion_type: ASSERTION_TYPE });
    expect(tenant().ask('POST', TOKEN_PATH, { body: form }).status).toBe(401);
  });
});

describe('device code', () => {
  it('is pending once, then gives scopes instead of roles, and is used up', () => {
    const { ask } = tenant();
    const { device_code: code } = ask('POST', `/${tenantId}/oauth2/v2.0/devicecode`, {
      body: new URLSearchParams({ client_id: clientId }),
    }).body;
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: clientId,
      device_code: String(code),
      scope: `openid ${DEFENDER}/Machine.RestrictExecution`,
    });
    const poll = (): Record<string, unknown> => ask('POST', TOKEN_PATH, { body: form }).body;
    expect(poll()).toMatchObject({ error: 'authorization_pending' });
    const { access_token: token } = poll();
    expect(claimsOf(String(token))).toMatchObject({ aud: DEFENDER, scp: expect.stringContaining('Machine.RestrictExecution') });
    expect(claimsOf(String(token))).not.toHaveProperty('roles');
    expect(ask('GET', '/api/machines', { token: String(token) }).status).toBe(200);
    expect(poll()).toMatchObject({ error: 'expired_token' });
  });
});

describe('managed identity', () => {
  it.each([
    [`/metadata/identity/oauth2/token?api-version=2018-02-01&resource=${DEFENDER}`, { metadata: 'true' }],
    [`/metadata/identity/oauth2/token/?api-version=2018-02-01&resource=${DEFENDER}`, { metadata: 'true' }],
    [`/msi/token?api-version=2019-08-01&resource=${DEFENDER}`, { 'x-identity-header': 'key' }],
  ])('gives a token at %s', (path, headers) => {
    const { status, body } = tenant().ask('GET', path, { headers });
    expect(status).toBe(200);
    expect(body).toMatchObject({ resource: DEFENDER, expires_on: String(ORIGIN / 1000 + 3599), token_type: 'Bearer' });
    expect(claimsOf(String(body['access_token']))).toMatchObject({ aud: DEFENDER, roles });
  });

  it('wants its header', () => {
    expect(tenant().ask('GET', `/metadata/identity/oauth2/token?resource=${DEFENDER}`).status).toBe(400);
    expect(tenant().ask('GET', `/msi/token?resource=${DEFENDER}`).status).toBe(400);
  });
});

describe('discovery', () => {
  it('points to this emulator', () => {
    const { body } = tenant().ask('GET', `/${tenantId}/v2.0/.well-known/openid-configuration`);
    expect(body).toMatchObject({ token_endpoint: `http://emulator${TOKEN_PATH}` });
  });
});
