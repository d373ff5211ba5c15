import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { AuthError } from '../../core/errors.ts';
import { readCredentialFile } from './files.ts';
import { appCredential, type Proof } from './msal.ts';
import type { Credential, CredentialInput, CredentialKind, Found } from './types.ts';

/** An app registration with a certificate: one PEM file that holds the private key and the certificate, or its chain. */
export const certificate: CredentialKind = {
  mode: 'certificate',
  needs: [['AZURE_TENANT_ID'], ['AZURE_CLIENT_ID'], ['AZURE_CLIENT_CERTIFICATE_PATH']],
  chosenBy: ['AZURE_CLIENT_CERTIFICATE_PATH'],
  create: createCertificate,
};

function createCertificate(input: CredentialInput, found: Found, why: string): Credential {
  const path = found('AZURE_CLIENT_CERTIFICATE_PATH') ?? '';
  const password = found('AZURE_CLIENT_CERTIFICATE_PASSWORD');
  if (password !== undefined) input.secrets.hide(password);
  return appCredential(input, {
    mode: 'certificate',
    tenant: found('AZURE_TENANT_ID') ?? '',
    clientId: found('AZURE_CLIENT_ID') ?? '',
    noun: `certificate in ${path}`,
    why,
    prove: async () => proofOf(await readCredentialFile(path, 'certificate file'), password, path),
  });
}

/** The chain goes along (x5c), own certificate first, for apps that trust a subject name and issuer. */
function proofOf(pem: string, password: string | undefined, path: string): Proof {
  const key = readKey(pem, password, path);
  const certificates = blocks(pem, 'CERTIFICATE').map((block) => readX509(block, path));
  const own = certificates.find((one) => one.checkPrivateKey(key));
  if (own === undefined) throw new AuthError(`the file ${path} holds no certificate that belongs to its private key`, { hint: PEM_HINT });
  const chain = [own, ...certificates.filter((one) => one !== own)];
  return {
    clientCertificate: {
      thumbprintSha256: own.fingerprint256.replaceAll(':', ''),
      // msal cannot open an encrypted key.
      privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      x5c: chain.map((one) => one.toString()).join(''),
    },
  };
}

const PEM_HINT = 'It must be PEM with the private key and the certificate. From a .pfx: openssl pkcs12 -in app.pfx -nodes -out app.pem';

function readKey(pem: string, password: string | undefined, path: string): KeyObject {
  const block = blocks(pem, '(?:RSA |ENCRYPTED )?PRIVATE KEY')[0];
  if (block === undefined) throw new AuthError(`the file ${path} holds no RSA private key`, { hint: PEM_HINT });
  try {
    const key = createPrivateKey({ key: block, ...(password !== undefined && { passphrase: password }) });
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch (cause) {
    throw new AuthError(`the private key in ${path} cannot be opened`, {
      hint:
        password === undefined ? 'If it is encrypted, set AZURE_CLIENT_CERTIFICATE_PASSWORD.' : 'Check AZURE_CLIENT_CERTIFICATE_PASSWORD.',
      cause,
    });
  }
  throw new AuthError(`the private key in ${path} is not RSA, which the sign-in service demands`);
}

function readX509(block: string, path: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw new AuthError(`a certificate in ${path} cannot be read`, { hint: PEM_HINT, cause });
  }
}

function blocks(pem: string, label: string): string[] {
  return pem.match(new RegExp(`-----BEGIN ${label}-----[^-]+(?:-(?!----)[^-]+)*-----END ${label}-----`, 'g')) ?? [];
}
