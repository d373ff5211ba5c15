/** Signing in, and what the token says of itself. */
import { formatDuration } from '../../core/durations.ts';
import { messageOf, UserError } from '../../core/errors.ts';
import type { Bearer } from '../../core/ports.ts';
import { readClaims, type Claims } from '../../defender/jwt.ts';
import type { Check } from './check.ts';

export interface SignedIn {
  readonly check: Check;
  /** Permissions that the token names; undefined for a token that says nothing, or when there is none. */
  readonly granted: readonly string[] | undefined;
  readonly isIn: boolean;
}

export async function checkSignIn(signIn: () => Promise<Bearer>, now: number): Promise<SignedIn> {
  try {
    const bearer = await signIn();
    const claims = readClaims(bearer.token);
    const granted = claims && [...(claims.roles ?? []), ...(claims.scopes ?? [])];
    return { check: claims ? readable(claims, granted ?? [], now) : OPAQUE, granted, isIn: true };
  } catch (error) {
    const next =
      error instanceof UserError
        ? (error.hint ?? 'Mend what the message names, then run cordon doctor again.')
        : 'Try again later: the sign-in service may be out.';
    return { check: { name: 'sign-in', level: 'fail', what: messageOf(error), ...(next && { next }) }, granted: undefined, isIn: false };
  }
}

const OPAQUE: Check = {
  name: 'sign-in',
  level: 'warn',
  what: 'there is a token, and it says nothing of itself: tenant, client and permissions are not known',
};

/** Roles and ids are no secrets; the token itself is never shown. */
function readable(claims: Claims, granted: readonly string[], now: number): Check {
  const { tenant, clientId, audience, expiresAt } = claims;
  const left = expiresAt === undefined ? '' : `, good for ${formatDuration(Math.max(0, expiresAt - now))}`;
  const what = `tenant ${tenant ?? '(not said)'}, client ${clientId ?? '(not said)'}, ${granted.length} permissions${left}`;
  const data = { tenant: tenant ?? null, clientId: clientId ?? null, audience: audience ?? null, granted };
  if (granted.length === 0)
    return {
      name: 'sign-in',
      level: 'fail',
      what: `${what}: the token grants nothing`,
      next: 'Grant application permissions of the API "WindowsDefenderATP" with admin consent, then wait some minutes.',
      data,
    };
  return { name: 'sign-in', level: 'ok', what, data };
}
