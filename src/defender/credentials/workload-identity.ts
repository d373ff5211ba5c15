import { readCredentialFile } from './files.ts';
import { appCredential } from './msal.ts';
import type { Credential, CredentialInput, CredentialKind, Found } from './types.ts';

/** An app that trusts another issuer's tokens: Kubernetes, GitHub and the like, which rotate the file. */
export const workloadIdentity: CredentialKind = {
  mode: 'workload-identity',
  needs: [['AZURE_TENANT_ID'], ['AZURE_CLIENT_ID'], ['AZURE_FEDERATED_TOKEN_FILE']],
  chosenBy: ['AZURE_FEDERATED_TOKEN_FILE'],
  create: createWorkloadIdentity,
};

function createWorkloadIdentity(input: CredentialInput, found: Found, why: string): Credential {
  const file = found('AZURE_FEDERATED_TOKEN_FILE') ?? '';
  return appCredential(input, {
    mode: 'workload-identity',
    tenant: found('AZURE_TENANT_ID') ?? '',
    clientId: found('AZURE_CLIENT_ID') ?? '',
    noun: `federated token in ${file}`,
    why,
    prove: async () => {
      const clientAssertion = await readCredentialFile(file, 'federated token file');
      input.secrets.hide(clientAssertion);
      return { clientAssertion };
    },
  });
}
