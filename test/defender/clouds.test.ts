import { describe, expect, it } from 'vitest';
import { resolveEndpoints } from '../../src/defender/clouds.ts';
import { UsageError } from '../../src/core/errors.ts';

describe('endpoints', () => {
  it('of the commercial cloud call api.security but ask for a token for api.securitycenter', () => {
    expect(resolveEndpoints({})).toMatchObject({
      apiOrigin: 'https://api.security.microsoft.com',
      scope: 'https://api.securitycenter.microsoft.com/.default',
      resource: 'https://api.securitycenter.microsoft.com',
      authorityHost: 'https://login.microsoftonline.com',
    });
  });

  it.each(['us', 'eu', 'uk', 'au', 'swa', 'ina'])('of geography %s differ in the host only', (geo) => {
    expect(resolveEndpoints({ geo })).toEqual({ ...resolveEndpoints({}), apiOrigin: `https://${geo}.api.security.microsoft.com` });
  });

  it.each([
    ['gcc', 'https://api-gcc.securitycenter.microsoft.us', 'https://login.microsoftonline.com'],
    ['gcchigh', 'https://api-gov.securitycenter.microsoft.us', 'https://login.microsoftonline.us'],
    ['dod', 'https://api-gov.securitycenter.microsoft.us', 'https://login.microsoftonline.us'],
  ])('of cloud %s are its own', (cloud, api, authorityHost) => {
    expect(resolveEndpoints({ cloud })).toMatchObject({ apiOrigin: api, resource: api, scope: `${api}/.default`, authorityHost });
  });

  it.each([
    ['commercial', 'https://graph.microsoft.com', 'https://api.security.microsoft.com'],
    ['gcc', 'https://graph.microsoft.com', 'https://api-gcc.security.microsoft.us'],
    ['gcchigh', 'https://graph.microsoft.us', 'https://api-gov.security.microsoft.us'],
    ['dod', 'https://dod-graph.microsoft.us', 'https://api-gov.security.microsoft.us'],
  ])('of cloud %s name Graph and Defender XDR, each with tokens of its own', (cloud, graph, xdr) => {
    const service = (origin: string): object => ({ origin, resource: origin, scope: `${origin}/.default` });
    expect(resolveEndpoints({ cloud })).toMatchObject({ graph: service(graph), xdr: service(xdr) });
    expect(resolveEndpoints({ cloud, apiUrl: 'https://gateway.example' })).toMatchObject({ graph: service(graph), xdr: service(xdr) });
  });

  it('of an API on loopback have everything there: a rehearsal never goes out', () => {
    const { graph, xdr } = resolveEndpoints({ apiUrl: 'http://127.0.0.1:8080' });
    expect([graph.origin, xdr.origin]).toEqual(['http://127.0.0.1:8080', 'http://127.0.0.1:8080']);
    expect(graph.scope).toBe('https://graph.microsoft.com/.default');
  });

  it('follow an API URL and keep the audience of the cloud', () => {
    expect(resolveEndpoints({ cloud: 'gcc', apiUrl: 'https://gateway.example/' })).toMatchObject({
      apiOrigin: 'https://gateway.example',
      resource: 'https://api-gcc.securitycenter.microsoft.us',
    });
  });

  it.each(['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080'])('may be plain http on loopback: %s', (apiUrl) => {
    expect(resolveEndpoints({ apiUrl }).apiOrigin).toBe(apiUrl);
  });

  it('take an authority as a URL or a bare host', () => {
    expect(resolveEndpoints({ authorityHost: 'login.microsoftonline.us' }).authorityHost).toBe('https://login.microsoftonline.us');
    expect(resolveEndpoints({ authorityHost: 'https://login.microsoftonline.us/' }).authorityHost).toBe('https://login.microsoftonline.us');
  });

  it.each([
    ['an unknown cloud', { cloud: 'china' }],
    ['an unknown geography', { geo: 'mars' }],
    ['a geography in a government cloud', { cloud: 'dod', geo: 'us' }],
    ['http beyond loopback', { apiUrl: 'http://api.example' }],
    ['http to a name that only looks like loopback', { apiUrl: 'http://localhost.example' }],
    ['another protocol', { apiUrl: 'ftp://127.0.0.1' }],
    ['a path', { apiUrl: 'https://api.example/api' }],
    ['a query', { apiUrl: 'https://api.example/?a=b' }],
    ['no URL', { apiUrl: 'api.example' }],
    ['an authority with a path', { authorityHost: 'https://login.microsoftonline.com/tenant' }],
  ])('are refused for %s', (_name, choice) => {
    expect(() => resolveEndpoints(choice)).toThrow(UsageError);
  });

  it('with a password are refused without repeating it', () => {
    const apiUrl = 'https://user:hunter2@api.example';
    expect(() => resolveEndpoints({ apiUrl })).toThrow('the API URL must not hold a user name or password');
    expect(() => resolveEndpoints({ apiUrl })).not.toThrow('hunter2');
  });
});
