import type { Bearer } from '../../core/ports.ts';
import type { Secrets } from '../../core/secrets.ts';
import type { Transport } from '../../http/transport.ts';

export const AUTH_MODES = ['secret', 'certificate', 'workload-identity', 'managed-identity', 'device-code', 'token'] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

export interface CredentialInput {
  readonly mode?: AuthMode;
  readonly tenant?: string;
  readonly clientId?: string;
  /** A file that holds an access token; read anew at each renewal. */
  readonly tokenFile?: string;
  readonly scope: string;
  readonly resource: string;
  /** Origin of the sign-in service. */
  readonly authorityHost: string;
  /** A managed identity's endpoint is looked up by msal in the process' own environment, whatever is given here. */
  readonly env: NodeJS.ProcessEnv;
  /** Where a device-code sign-in is remembered; made when needed. */
  readonly cacheDir: string;
  readonly transport: Transport;
  /** Shows the address to open and the code to type. */
  readonly showDeviceCode: (text: string) => void;
  /** A token endpoint in place of the authority's own. */
  readonly tokenEndpoint?: string;
  readonly secrets: Secrets;
  /** The first pause between tries at a sign-in service that does not answer; it doubles. Default 1000 ms. */
  readonly retryDelayMs?: number;
}

export interface Credential {
  readonly mode: AuthMode;
  readonly tenant: string | undefined;
  readonly clientId: string | undefined;
  /** What is used and why, with no secret in it. */
  readonly about: string;
  /**
   * A token; with `force` one from the source itself, never from a cache on this side.
   * @throws AuthError when the credential is refused, AuthUnavailableError when asking again later may help.
   */
  acquire(force: boolean): Promise<Bearer>;
}

/** What a kind finds in the environment and the flags, by the environment's names. */
export type Found = (name: string) => string | undefined;

/** One way to get a token. A new one is a file and a line in the list. */
export interface CredentialKind {
  readonly mode: AuthMode;
  /** Each entry must be there; an entry of several names needs one of them. */
  readonly needs: readonly (readonly string[])[];
  /** Any of these being set chooses the kind when no mode is asked for; empty: only on request. */
  readonly chosenBy: readonly string[];
  /** `why` ends the credential's `about`. Called only when all needs are there. */
  create(input: CredentialInput, found: Found, why: string): Credential;
}
