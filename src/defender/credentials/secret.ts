import { appCredential } from './msal.ts';
import type { Credential, CredentialInput, CredentialKind, Found } from './types.ts';

/** An app registration with a client secret. */
export const secret: CredentialKind = {
  mode: 'secret',
  needs: [['AZURE_TENANT_ID'], ['AZURE_CLIENT_ID'], ['AZURE_CLIENT_SECRET']],
  chosenBy: ['AZURE_CLIENT_SECRET'],
  create: createSecret,
};

function createSecret(input: CredentialInput, found: Found, why: string): Credential {
  const clientSecret = found('AZURE_CLIENT_SECRET') ?? '';
  input.secrets.hide(clientSecret);
  return appCredential(input, {
    mode: 'secret',
    tenant: found('AZURE_TENANT_ID') ?? '',
    clientId: found('AZURE_CLIENT_ID') ?? '',
    noun: 'client secret',
    why,
    prove: () => Promise.resolve({ clientSecret }),
  });
}
