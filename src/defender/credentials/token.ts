/** A token that somebody else got: from the environment, or from a file that is kept fresh. */
import type { Bearer } from '../../core/ports.ts';
import { AuthError } from '../../core/errors.ts';
import { readClaims } from '../jwt.ts';
import { readCredentialFile } from './files.ts';
import type { Credential, CredentialInput, CredentialKind, Found } from './types.ts';

export const token: CredentialKind = {
  mode: 'token',
  needs: [['CORDON_ACCESS_TOKEN', 'CORDON_TOKEN_FILE']],
  chosenBy: ['CORDON_ACCESS_TOKEN', 'CORDON_TOKEN_FILE'],
  create: createToken,
};

/** A file wins over the variable, because it can be renewed. */
function createToken(input: CredentialInput, found: Found, why: string): Credential {
  const file = found('CORDON_TOKEN_FILE');
  const fixed = found('CORDON_ACCESS_TOKEN')?.trim() ?? '';
  const claims = file === undefined ? readClaims(fixed) : undefined;
  return {
    mode: 'token',
    tenant: claims?.tenant ?? found('AZURE_TENANT_ID'),
    clientId: claims?.clientId ?? found('AZURE_CLIENT_ID'),
    about: `${file === undefined ? 'the access token given' : `the access token in ${file}`}, because ${why}`,
    acquire: async () => bearerOf(file === undefined ? fixed : await readCredentialFile(file, 'token file'), input),
  };
}

function bearerOf(text: string, input: CredentialInput): Bearer {
  input.secrets.hide(text);
  // Anything else cannot stand in a header, and would be told about as something else than a bad token.
  if (!/^[\x21-\x7e]+$/.test(text)) throw new AuthError('the access token holds blanks or characters that no token has');
  return { token: text, expiresAt: readClaims(text)?.expiresAt ?? Infinity };
}
