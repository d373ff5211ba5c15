/** What an access token says of itself. Read for messages and for the time of renewal, never trusted. */
import * as v from 'valibot';

export interface Claims {
  readonly tenant?: string;
  readonly clientId?: string;
  /** Application permissions. */
  readonly roles?: readonly string[];
  /** Delegated permissions. */
  readonly scopes?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  readonly audience?: string;
}

const text = v.fallback(v.optional(v.string()), undefined);

const payloadSchema = v.object({
  tid: text,
  /** Version 1 tokens name the application here, version 2 tokens in `azp`. */
  appid: text,
  azp: text,
  roles: v.fallback(v.optional(v.array(v.string())), undefined),
  scp: text,
  exp: v.fallback(v.optional(v.number()), undefined),
  aud: text,
});

/** The claims of a JWT, its signature not looked at; undefined for a token that is none. Never throws. */
export function readClaims(token: string): Claims | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const payload = v.safeParse(payloadSchema, decode(parts[1] ?? ''));
  return payload.success ? claimsOf(payload.output) : undefined;
}

function claimsOf(payload: v.InferOutput<typeof payloadSchema>): Claims {
  const { tid, appid, azp, roles, scp, exp, aud } = payload;
  const clientId = appid ?? azp;
  return {
    ...(tid !== undefined && { tenant: tid }),
    ...(clientId !== undefined && { clientId }),
    ...(roles !== undefined && { roles }),
    ...(scp !== undefined && { scopes: scp.split(' ').filter((scope) => scope !== '') }),
    ...(exp !== undefined && { expiresAt: exp * 1000 }),
    ...(aud !== undefined && { audience: aud }),
  };
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
