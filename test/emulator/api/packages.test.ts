import { describe, expect, it } from 'vitest';
import { parseFaults } from '../../../src/emulator/world/faults.ts';
import type { EmulatorOptions } from '../../../src/emulator/world/options.ts';
import { HOUR, machineId, MINUTE, tenant, type Tenant, type Told } from '../tenant.ts';

const NO_BEARER = { headers: { authorization: undefined } };

/** A tenant with a collected package, and the path that gives a link to it. */
function collected(options: Partial<EmulatorOptions> = {}): { made: Tenant; path: string } {
  const made = tenant({ actionMs: [5000, 5000], ...options });
  const { id } = made.post(machineId(1), 'collectInvestigationPackage').body;
  made.advance(5000);
  return { made, path: `/api/machineactions/${String(id)}/getPackageUri` };
}

function linkOf({ body }: Told): URL {
  return new URL(String(body['value']).replaceAll('"', ''));
}

function download(made: Tenant, { pathname, search }: URL): Told {
  return made.ask('GET', `${pathname}${search}`, NO_BEARER);
}

describe('GET machineactions/{id}/getPackageUri', () => {
  it('has a link once the package is there', () => {
    const { post, ask, advance } = tenant({ actionMs: [5000, 5000] });
    const path = `/api/machineactions/${String(post(machineId(1), 'collectInvestigationPackage').body['id'])}/getPackageUri`;
    expect(ask('GET', path)).toMatchObject({ status: 404, error: { code: 'ResourceNotFound' } });
    advance(5000);
    expect(ask('GET', path)).toMatchObject({ status: 200, body: { value: expect.stringMatching(/^"http:.*\.zip\?token=.*"$/) } });
  });

  it('has none for a package that failed', () => {
    const { made, path } = collected({ failing: [machineId(1)] });
    expect(made.ask('GET', path).status).toBe(404);
  });

  it('comes without quotes where told', () => {
    const { made, path } = collected({ quotedLinks: false });
    expect(made.ask('GET', path).body['value']).toMatch(/^http:/);
  });

  it('has quota of its own: 2 a minute, 120 an hour', () => {
    const { made, path } = collected();
    const minute = (): number[] => [1, 2, 3].map(() => made.ask('GET', path).status);
    expect(minute()).toStrictEqual([200, 200, 429]);
    expect(made.stats().apis.find(({ api }) => api === 'GET getPackageUri')?.windows).toMatchObject([
      { limit: 2, ms: MINUTE },
      { limit: 120, ms: HOUR },
    ]);
  });

  it('is only for packages', () => {
    const { post, ask } = tenant();
    const path = `/api/machineactions/${String(post(machineId(1)).body['id'])}/getPackageUri`;
    expect(ask('GET', path)).toMatchObject({ status: 400, error: { code: 'InvalidInput' } });
  });
});

describe('a link to a package', () => {
  it('leads to a zip of the same bytes always', () => {
    const { made, path } = collected();
    const [one, other] = [made.ask('GET', path), made.ask('GET', path)].map(linkOf);
    const [first, second] = [one, other].map((link) => download(made, link ?? new URL('http://none')));
    expect(one?.href).not.toBe(other?.href);
    expect(first).toMatchObject({ status: 200, headers: { 'content-type': 'application/zip' } });
    expect(first?.text).toMatch(/^PK/);
    expect(second?.text).toBe(first?.text);
  });

  it('takes no bearer', () => {
    const { made, path } = collected();
    const { pathname, search } = linkOf(made.ask('GET', path));
    expect(made.ask('GET', `${pathname}${search}`).status).toBe(400);
  });

  it('expires, and a new one is to be had', () => {
    const { made, path } = collected({ linkLifetimeMs: MINUTE });
    const link = linkOf(made.ask('GET', path));
    made.advance(MINUTE);
    expect(download(made, link)).toMatchObject({ status: 401, body: { Message: 'Expired token' } });
    expect(download(made, linkOf(made.ask('GET', path))).status).toBe(200);
  });

  it('may end half way, or lead to nothing for now', () => {
    const cut = collected({ faults: parseFaults('download-cut=1') });
    const { pathname, search } = linkOf(cut.made.ask('GET', cut.path));
    const { answer } = cut.made.react('GET', `${pathname}${search}`, NO_BEARER);
    expect(answer).toMatchObject({ status: 200, cutAfter: expect.any(Number) });
    const away = collected({ faults: parseFaults('download-503=1') });
    expect(download(away.made, linkOf(away.made.ask('GET', away.path))).status).toBe(503);
  });

  it('is not to be made up', () => {
    const { made, path } = collected();
    const link = linkOf(made.ask('GET', path));
    const ticket = JSON.parse(Buffer.from(link.searchParams.get('token') ?? '', 'base64url').toString());
    for (const token of ['', 'x', Buffer.from(JSON.stringify({ ...ticket, until: 9e15 })).toString('base64url')]) {
      link.searchParams.set('token', token);
      expect(download(made, link)).toMatchObject({ status: 401, body: { Message: 'Invalid token' } });
    }
  });
});
