/** Who asks, and whether he may. */
import type { Caller } from '../world/usage.ts';
import { refusal, type Stranger } from '../reaction.ts';
import type { Reply } from '../replies.ts';
import { wallAt } from '../time.ts';
import { claimsOf, isFor, type Audience, type Claims } from '../sign-in/tokens.ts';

/** Who asks, or the answer to somebody who may not. */
export function authenticate(context: Stranger, audiences: readonly Audience[]): Caller | Reply {
  const { world, request, now } = context;
  const token = /^Bearer +(\S+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  if (token === undefined) return unauthorized(context, 'No bearer token');
  const claims = claimsOf(token);
  const { unauthorized: reason } = world.options;
  if (reason !== undefined) return unauthorized(context, reason);
  if (claims) return ownToken(context, claims, audiences, wallAt(world.scale, now) - world.options.clockOffsetMs);
  if (world.options.requireAuth) return unauthorized(context, 'The token is not valid');
  return { tenant: world.options.tenant, app: 'opaque', permissions: undefined };
}

function ownToken(context: Stranger, claims: Claims, audiences: readonly Audience[], wall: number): Caller | Reply {
  if (!(claims.exp * 1000 > wall)) return unauthorized(context, 'The token is expired');
  if (!isFor(claims.aud, audiences, `http://${context.request.headers['host'] ?? ''}`))
    return refusal(context, 403, 'Forbidden', `The token is for another audience: ${claims.aud}`);
  const permissions =
    claims.scp === undefined
      ? ({ kind: 'roles', names: claims.roles ?? [] } as const)
      : ({ kind: 'scopes', names: claims.scp.split(' ') } as const);
  return { tenant: claims.tid, app: claims.appid, permissions };
}

/** A 401 with its reason. */
export function unauthorized(context: Stranger, reason: string): Reply {
  const reply = refusal(context, 401, 'Unauthorized', `Unauthorized request - reason of failure: ${reason}`);
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': 'Bearer error="invalid_token"' } };
}

/** "Missing application roles …", or "… required application permissions …". */
export type Wording = 'roles' | 'permissions';

/** The API's text about a permission that the caller lacks; undefined when one of the wanted is there. */
export function missingPermission({ permissions }: Caller, roles: readonly string[], wording: Wording = 'roles'): string | undefined {
  if (!permissions || roles.length === 0) return undefined;
  const { kind, names } = permissions;
  const wanted = kind === 'roles' ? roles : roles.map(scopeOf);
  if (wanted.some((name) => names.includes(name))) return undefined;
  if (kind === 'scopes') return lackingScopes(roles, names);
  return wording === 'permissions' ? lacking(roles) : lackingRoles(roles, names);
}

/** As recorded in Azure-Sentinel's pull request 14672. */
export function lackingRoles(roles: readonly string[], held: readonly string[]): string {
  return `Missing application roles. API required roles: ${roles.join(',')}, application roles: ${held.join(',')}.`;
}

/** The same for a person's token. */
export function lackingScopes(roles: readonly string[], held: readonly string[]): string {
  return `Missing scopes. API required scopes: ${roles.map(scopeOf).join(',')}, scopes: ${held.join(',')}.`;
}

/** As recorded in microsoft-365-docs#6052, #6053, #6055 and #6062. */
export function lacking(wanted: readonly string[]): string {
  return `The application does not have any of the required application permissions (${wanted.join(', ')}) to access the resource.`;
}

/** A person's permission is named like an app's, but for reading. */
export function scopeOf(role: string): string {
  return role.replace(/^(\w+\.Read(?:Write)?)\.All$/, '$1');
}
