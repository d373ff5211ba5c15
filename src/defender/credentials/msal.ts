/** What the kinds that sign in through msal have in common. */
import type { AuthenticationResult, Configuration, NodeAuthOptions } from '@azure/msal-node';
import type { Bearer } from '../../core/ports.ts';
import { AuthError, AuthUnavailableError, messageOf, UsageError } from '../../core/errors.ts';
import { isLoopback } from '../../http/loopback.ts';
import { readClaims } from '../jwt.ts';
import { SignInNetwork, type NetworkOptions } from './network.ts';
import type { AuthMode, Credential, CredentialInput } from './types.ts';

type Msal = typeof import('@azure/msal-node');

type Ask = (msal: Msal, network: SignInNetwork) => Promise<AuthenticationResult | null>;

/** How an app proves that it is the app. */
export type Proof = Pick<NodeAuthOptions, 'clientSecret' | 'clientAssertion' | 'clientCertificate'>;

interface AppCredential {
  readonly mode: AuthMode;
  readonly tenant: string;
  readonly clientId: string;
  /** Names the proof: "client secret". */
  readonly noun: string;
  readonly why: string;
  /** Made anew for every token, so that a rotated file is read. */
  prove(): Promise<Proof>;
}

/** A credential that gets its tokens by OAuth's client credentials grant. */
export function appCredential(input: CredentialInput, app: AppCredential): Credential {
  const { mode, tenant, clientId } = app;
  const what = `the ${app.noun} of app ${clientId} in tenant ${tenant}`;
  return {
    mode,
    tenant,
    clientId,
    about: `${what}, because ${app.why}`,
    acquire: async () => {
      const auth = { clientId, ...authorityOf(input, tenant), ...(await app.prove()) };
      return signIn(input, { what }, (msal, network) =>
        // A fresh application has an empty cache, so each token comes from the service itself.
        new msal.ConfidentialClientApplication(withNetwork(auth, network)).acquireTokenByClientCredential({ scopes: [input.scope] }),
      );
    },
  };
}

/**
 * Asks through msal, which is loaded only now: that takes a tenth of a second.
 * @throws AuthError, AuthUnavailableError
 */
export async function signIn(
  input: CredentialInput,
  options: Pick<NetworkOptions, 'what' | 'timeoutMs' | 'alsoTemporary'>,
  ask: Ask,
): Promise<Bearer> {
  const msal = await import('@azure/msal-node');
  const scrub = (text: string): string => input.secrets.scrub(text);
  const pack = (error: unknown): Error => packed(msal, error);
  const network = new SignInNetwork({ ...options, transport: input.transport, retryDelayMs: input.retryDelayMs ?? 1000, scrub, pack });
  const result = await ask(msal, network).catch((error: unknown) => {
    throw unpacked(error) ?? new AuthError(scrub(`${options.what} could not be used: ${messageOf(error)}`));
  });
  return bearerOf(result, input);
}

/** msal replaces every error that is not of its own class, so ours travels inside one. */
function packed(msal: Msal, error: unknown): Error {
  return Object.assign(new msal.AuthError('sign_in', '', messageOf(error)), { cause: error });
}

/** The error of ours inside one that came out of msal, if there is one. */
export function unpacked(error: unknown): AuthError | AuthUnavailableError | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof AuthError || cause instanceof AuthUnavailableError ? cause : undefined;
}

function bearerOf(result: AuthenticationResult | null, input: CredentialInput): Bearer {
  // msal passes an answer without a token on as an empty one.
  if (result === null || result.accessToken === '') throw new AuthUnavailableError('no token: the sign-in service answered without one');
  const token = result.accessToken;
  input.secrets.hide(token);
  const expiresOn = result.expiresOn?.getTime() ?? Number.NaN;
  return { token, expiresAt: Number.isNaN(expiresOn) ? (readClaims(token)?.expiresAt ?? Infinity) : expiresOn };
}

/** msal's configuration with our network and with its own retries and logs off. */
export function withNetwork(auth: NodeAuthOptions, network: SignInNetwork): Configuration {
  return { auth, system: { networkClient: network, disableInternalRetries: true } };
}

/**
 * The authority of a tenant. msal wants https and asks Microsoft about hosts that it does not know; with the
 * metadata given, and the host named as known, it does neither.
 * @throws UsageError when the tenant is neither a GUID nor a domain name.
 */
export function authorityOf(input: CredentialInput, tenant: string): Omit<NodeAuthOptions, 'clientId'> {
  if (!/^[\w.-]+$/.test(tenant)) throw new UsageError(`the tenant "${tenant}" is neither a GUID nor a domain name`);
  const host = new URL(input.authorityHost);
  const plain = host.protocol === 'http:' && isLoopback(host.hostname);
  const endpoint = input.tokenEndpoint ?? (plain ? `${host.origin}/${tenant}/oauth2/v2.0/token` : undefined);
  if (endpoint === undefined) return { authority: `${host.origin}/${tenant}`, knownAuthorities: [host.host] };
  const authority = `https://login.microsoftonline.com/${tenant}`;
  const metadata = { token_endpoint: endpoint, issuer: `${authority}/v2.0`, authorization_endpoint: endpoint, jwks_uri: endpoint };
  return { authority, authorityMetadata: JSON.stringify(metadata) };
}
