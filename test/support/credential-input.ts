/** What a credential is chosen from, in tests: nothing set, the commercial cloud, a transport that is closed at the test's end. */
import { onTestFinished } from 'vitest';
import type { CredentialInput } from '../../src/defender/credentials/index.ts';
import { createTransport } from '../../src/http/transport.ts';
import { Secrets } from '../../src/core/secrets.ts';

export function credentialInput(more: Partial<CredentialInput> = {}): CredentialInput {
  const transport = more.transport ?? createTransport();
  onTestFinished(() => transport.close());
  return {
    scope: 'https://api.securitycenter.microsoft.com/.default',
    resource: 'https://api.securitycenter.microsoft.com',
    authorityHost: 'https://login.microsoftonline.com',
    env: {},
    cacheDir: '/nowhere',
    transport,
    showDeviceCode: () => undefined,
    secrets: new Secrets(),
    retryDelayMs: 1,
    ...more,
  };
}
