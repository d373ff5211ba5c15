import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuthError, UsageError } from '../../src/core/errors.ts';
import { environmentOf, readTenants } from '../../src/settings/tenants-file.ts';

const ID = '11111111-1111-1111-1111-11111111AAAA';

describe('the file of tenants', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cordon-tenants-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const path = (): string => join(folder, 'tenants.json');
  const read = (content: unknown) => {
    writeFileSync(path(), typeof content === 'string' ? content : JSON.stringify(content));
    return readTenants(path());
  };
  const one = (more: object = {}) => ({ tenants: [{ name: 'Contoso', id: ID, ...more }] });

  it('finds a tenant by name or id, without case', () => {
    const tenants = read({ tenants: [...one().tenants, { name: 'Fabrikam', id: 'Fabrikam.com', cloud: 'gcchigh', clientId: 'app' }] });
    expect(tenants.find(' contoso ')).toEqual({ name: 'Contoso', id: ID.toLowerCase() });
    expect(tenants.find(ID)?.name).toBe('Contoso');
    expect(tenants.find('FABRIKAM.com')).toEqual({ name: 'Fabrikam', id: 'fabrikam.com', cloud: 'gcchigh', clientId: 'app' });
    expect(tenants.find('other')).toBeUndefined();
  });

  it.each([
    ['{ "tenants": [', 'it is no JSON'],
    [{}, 'tenants'],
    [{ tenants: [] }, 'at least one tenant'],
    [one({ id: 'not an id' }), 'tenants[0].id: a tenant’s id is a GUID or a domain'],
    [one({ cloud: 'mars' }), 'tenants[0].cloud: one of commercial'],
    [one({ credential: { secret: 'hunter2' } }), 'tenants[0].credential: one of { "secretVariable": NAME }'],
    [one({ secret: 'hunter2' }), 'tenants[0].secret: is not known here'],
    [one({ credential: { secretVariable: 'hunter2 !' } }), 'tenants[0].credential'],
    [{ tenants: [...one().tenants, { name: 'contoso', id: 'a.com' }] }, 'tenants[1] is named like another one: "contoso"'],
    [{ tenants: [...one().tenants, { name: 'x', id: ID.toLowerCase() }] }, 'tenants[1] is named like another one'],
  ])('is refused when it says %j, in words that say where, and without the value', (content, why) => {
    const error = thrownBy(() => read(content));
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain(why);
    expect(String(error)).not.toContain('hunter2');
  });

  it('is refused when it is not there', () => {
    expect(() => readTenants(path())).toThrow('cannot be read');
  });

  describe('says how to sign in', () => {
    const env = { AZURE_TENANT_ID: 'home', AZURE_CLIENT_ID: 'app', AZURE_CLIENT_SECRET: 'shared', CONTOSO: 'own', PATH: '/bin' };
    const environment = (credential?: object) => environmentOf(read(one(credential && { credential })).entries[0]!, env);
    const id = ID.toLowerCase();

    it('with the one registration of all where a tenant has none of its own', async () => {
      expect(await environment()).toEqual({ ...env, AZURE_TENANT_ID: id });
    });

    it('with the tenant’s own secret or certificate, and nothing of the others', async () => {
      writeFileSync(join(folder, 'secret'), 'from a file\n');
      const bare = { AZURE_CLIENT_ID: 'app', CONTOSO: 'own', PATH: '/bin', AZURE_TENANT_ID: id };
      expect(await environment({ secretVariable: 'CONTOSO' })).toEqual({ ...bare, AZURE_CLIENT_SECRET: 'own' });
      expect(await environment({ secretFile: 'secret' })).toEqual({ ...bare, AZURE_CLIENT_SECRET: 'from a file' });
      expect(await environment({ certificateFile: 'app.pem' })).toEqual({
        ...bare,
        AZURE_CLIENT_CERTIFICATE_PATH: join(folder, 'app.pem'),
      });
    });

    it('and what is missing', async () => {
      await expect(environment({ secretVariable: 'NONE' })).rejects.toThrow('NONE is not set');
      await expect(environment({ secretFile: 'none' })).rejects.toThrow(AuthError);
    });
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
