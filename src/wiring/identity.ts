/** Who is acting: the person, and the app as the token tells it. */
import { userInfo } from 'node:os';
import type { Bearer } from '../core/ports.ts';
import { AuthError } from '../core/errors.ts';
import { missingPermissions } from '../core/job-words.ts';
import type { Job } from '../core/types.ts';
import type { Credential } from '../defender/credentials/index.ts';
import { readClaims } from '../defender/jwt.ts';
import { isLoopback } from '../http/loopback.ts';
import type { Settings } from '../settings/settings.ts';

/** Who is acting, for the state and the reports. */
export function operatorOf(settings: Settings, env: NodeJS.ProcessEnv): string {
  if (settings.operator) return settings.operator;
  try {
    return userInfo().username;
  } catch {
    // A container may run under a uid that has no name.
    return env['USER'] ?? `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Who the token speaks for, as far as it or the settings tell. */
export interface Identity {
  readonly tenant: string;
  readonly clientId: string;
  /** The token carries readable claims, so tenant and client are what the API will count by. */
  readonly certain: boolean;
}

export function identityOf(bearer: Bearer, credential: Credential): Identity {
  const claims = readClaims(bearer.token);
  const tenant = claims?.tenant ?? credential.tenant;
  const clientId = claims?.clientId ?? credential.clientId;
  return { tenant: tenant ?? '', clientId: clientId ?? '', certain: Boolean(tenant && clientId) };
}

/** Roles and scopes that the token carries; undefined for a token that says nothing of itself. */
export function grantedBy({ token }: Bearer): readonly string[] | undefined {
  const claims = readClaims(token);
  if (!claims || (claims.roles === undefined && claims.scopes === undefined)) return undefined;
  return [...(claims.roles ?? []), ...(claims.scopes ?? [])];
}

/**
 * Looks at a token's own words before anything is sent. Nothing is assumed of a token that says nothing.
 * @throws AuthError (exit 8) when the permission for the job is missing
 */
export function checkPermission(granted: readonly string[] | undefined, job: Job): void {
  const missing = granted === undefined ? '' : missingPermissions(job, granted).join(' and ');
  if (granted === undefined || missing === '') return;
  throw new AuthError(`the token lacks the permission ${missing}; it has ${granted.join(', ') || 'none'}`, {
    hint: `Grant ${missing} (API "WindowsDefenderATP") to the app registration, with admin consent, then try again.`,
  });
}

const READ_ROLES = ['Machine.Read.All', 'Machine.ReadWrite.All', 'Machine.Read', 'Machine.ReadWrite'];

/** Whether lists and facts may be read, as far as the token says. */
export function mayRead(granted: readonly string[] | undefined): boolean {
  return granted === undefined || READ_ROLES.some((role) => granted.includes(role));
}

/**
 * What the API counts by: tenant, client and the API itself. The host joins in only where tenant and client are not
 * known, or where the host is this machine.
 */
export function quotaKey({ tenant, clientId, certain }: Identity, host: string, segment: string): string {
  const who = certain && !isLoopback(new URL(host).hostname) ? `${tenant}/${clientId}` : `${host}/${tenant}/${clientId}`;
  return `${who}/${segment}`;
}
