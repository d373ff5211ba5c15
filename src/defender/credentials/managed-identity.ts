import { signIn } from './msal.ts';
import type { Credential, CredentialInput, CredentialKind, Found } from './types.ts';

/**
 * The identity of the Azure machine or container that this runs on. Only where the platform announces its endpoint
 * is it chosen unasked: to look for the one of virtual machines takes a time-out everywhere else.
 */
export const managedIdentity: CredentialKind = {
  mode: 'managed-identity',
  needs: [],
  chosenBy: ['IDENTITY_ENDPOINT'],
  create: createManagedIdentity,
};

/** The endpoint is at hand or not there at all. */
const TIMEOUT_MS = 10_000;
/** What the virtual machines' endpoint answers while it starts or is updated. */
const ALSO_TEMPORARY = [404, 410];

function createManagedIdentity(input: CredentialInput, found: Found, why: string): Credential {
  const clientId = found('AZURE_CLIENT_ID');
  const identityHeader = found('IDENTITY_HEADER');
  if (identityHeader !== undefined) input.secrets.hide(identityHeader);
  const what = clientId === undefined ? 'the system-assigned managed identity' : `the managed identity ${clientId}`;
  return {
    mode: 'managed-identity',
    tenant: found('AZURE_TENANT_ID'),
    clientId,
    about: `${what}, because ${why}`,
    acquire: () =>
      signIn(input, { what, timeoutMs: TIMEOUT_MS, alsoTemporary: ALSO_TEMPORARY }, (msal, network) =>
        new msal.ManagedIdentityApplication({
          ...(clientId !== undefined && { managedIdentityIdParams: { userAssignedClientId: clientId } }),
          system: { networkClient: network, disableInternalRetries: true },
          // Its cache is one for the whole process; ours is in front of it anyway.
        }).acquireToken({ resource: input.resource, forceRefresh: true }),
      ),
  };
}
