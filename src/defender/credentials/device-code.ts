import type { PublicClientApplication, AuthenticationResult } from '@azure/msal-node';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Bearer } from '../../core/ports.ts';
import { AuthUnavailableError } from '../../core/errors.ts';
import { fileCache } from './file-cache.ts';
import { authorityOf, signIn, unpacked, withNetwork } from './msal.ts';
import type { Credential, CredentialInput, CredentialKind, Found } from './types.ts';

/** A person signs in on any browser; remembered in a file, so that the next run asks nothing. Only on request. */
export const deviceCode: CredentialKind = {
  mode: 'device-code',
  needs: [['AZURE_TENANT_ID'], ['AZURE_CLIENT_ID']],
  chosenBy: [],
  create: createDeviceCode,
};

function createDeviceCode(input: CredentialInput, found: Found, why: string): Credential {
  const tenant = found('AZURE_TENANT_ID') ?? '';
  const clientId = found('AZURE_CLIENT_ID') ?? '';
  const what = `the sign-in by device code to app ${clientId} in tenant ${tenant}`;
  const cachePlugin = fileCache(join(input.cacheDir, cacheName(input.authorityHost, tenant, clientId)));
  const acquire = (force: boolean): Promise<Bearer> =>
    signIn(input, { what }, async (msal, network) => {
      const config = withNetwork({ clientId, ...authorityOf(input, tenant) }, network);
      const app = new msal.PublicClientApplication({ ...config, cache: { cachePlugin } });
      return (await silently(app, input, force)) ?? (await byCode(app, input));
    });
  return { mode: 'device-code', tenant, clientId, about: `${what}, because ${why}`, acquire };
}

/** By what an earlier sign-in left behind; null when a person is needed. */
async function silently(app: PublicClientApplication, input: CredentialInput, forceRefresh: boolean): Promise<AuthenticationResult | null> {
  const account = (await app.getTokenCache().getAllAccounts())[0];
  if (account === undefined) return null;
  try {
    return await app.acquireTokenSilent({ account, scopes: [input.scope], forceRefresh });
  } catch (error) {
    // A service that does not answer says nothing about the sign-in: no reason to bother a person.
    if (unpacked(error) instanceof AuthUnavailableError) throw error;
    return null;
  }
}

function byCode(app: PublicClientApplication, input: CredentialInput): Promise<AuthenticationResult | null> {
  return app.acquireTokenByDeviceCode({
    scopes: [input.scope],
    deviceCodeCallback: ({ message }) => input.showDeviceCode(message),
  });
}

/** One file for each app, tenant and cloud: the accounts of another are never taken. */
function cacheName(...parts: string[]): string {
  return `sign-in-${createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)}.json`;
}
