/** The ways to get a token, and which of them is used. */
import { AuthError } from '../../core/errors.ts';
import { certificate } from './certificate.ts';
import { deviceCode } from './device-code.ts';
import { managedIdentity } from './managed-identity.ts';
import { secret } from './secret.ts';
import { token } from './token.ts';
import type { Credential, CredentialInput, CredentialKind, Found } from './types.ts';
import { workloadIdentity } from './workload-identity.ts';

export { AUTH_MODES, type Credential, type CredentialInput } from './types.ts';

/** In the order in which the environment is searched. */
const KINDS: readonly CredentialKind[] = [token, secret, certificate, workloadIdentity, managedIdentity, deviceCode];

const FLAGS: Readonly<Record<string, string>> = {
  AZURE_TENANT_ID: '--tenant',
  AZURE_CLIENT_ID: '--client-id',
  CORDON_TOKEN_FILE: '--token-file',
};

/**
 * The credential of the mode asked for, else of the first kind that the environment speaks for. No token is asked for yet.
 * @throws AuthError naming what is missing: of the chosen kind, or of each kind when none is chosen.
 */
export async function chooseCredential(input: CredentialInput): Promise<Credential> {
  const found = finder(input);
  const chosen = input.mode === undefined ? bySigns(found) : byMode(input.mode);
  if (chosen === undefined) throw new AuthError('no credentials: nothing says how to sign in', { hint: allNeeds() });
  const missing = missingOf(chosen.kind, found);
  if (missing.length > 0) {
    throw new AuthError(`no credentials: mode ${chosen.kind.mode}, chosen because ${chosen.why}, also needs ${missing.join(', ')}`);
  }
  return chosen.kind.create(input, found, chosen.why);
}

interface Choice {
  readonly kind: CredentialKind;
  readonly why: string;
}

function byMode(mode: CredentialInput['mode']): Choice | undefined {
  const kind = KINDS.find((one) => one.mode === mode);
  return kind && { kind, why: `--auth ${kind.mode} asks for it` };
}

function bySigns(found: Found): Choice | undefined {
  for (const kind of KINDS) {
    const sign = kind.chosenBy.find((name) => found(name) !== undefined);
    if (sign !== undefined) return { kind, why: `${sign} is set` };
  }
  return undefined;
}

/** Flags win over the environment; an empty variable counts as not set, because containers set them so. */
function finder(input: CredentialInput): Found {
  const flags: Readonly<Record<string, string | undefined>> = {
    AZURE_TENANT_ID: input.tenant,
    AZURE_CLIENT_ID: input.clientId,
    CORDON_TOKEN_FILE: input.tokenFile,
  };
  return (name) => {
    const value = (flags[name] ?? input.env[name])?.trim();
    return value === '' ? undefined : value;
  };
}

function missingOf(kind: CredentialKind, found: Found): string[] {
  return kind.needs.filter((names) => names.every((name) => found(name) === undefined)).map(needText);
}

function allNeeds(): string {
  const lines = KINDS.map(
    ({ mode, needs }) => `\n    ${mode.padEnd(18)} ${needs.map(needText).join(', ') || 'nothing, but say --auth managed-identity'}`,
  );
  return `Set what one of these modes needs:${lines.join('')}\n  To try things out without a tenant, add --emulator.`;
}

function needText(names: readonly string[]): string {
  return names.map((name) => (FLAGS[name] === undefined ? name : `${name} (or ${FLAGS[name]})`)).join(' or ');
}
