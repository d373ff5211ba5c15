/** Access tokens that look like Entra's and say what they are; nobody signs them. */
import { parseObject } from '../json.ts';

export interface Claims {
  readonly iss: string;
  readonly aud: string;
  readonly tid: string;
  readonly appid: string;
  /** Wall seconds since the epoch. */
  readonly iat: number;
  readonly exp: number;
  /** What makes each token's text its own. */
  readonly uti?: string;
  /** An app's permissions. */
  readonly roles?: readonly string[];
  /** A person's permissions, separated by spaces. */
  readonly scp?: string;
}

const KEY_ID = 'cordon-emulator';

/** Whose API a token is for. */
export type Audience = 'defender' | 'xdr' | 'graph';

/** The resources whose tokens each takes; of Defender the older name also where the host has the newer one. */
const AUDIENCES: Readonly<Record<Audience, readonly RegExp[]>> = {
  defender: [
    /^https:\/\/api(-gcc|-gov)?\.securitycenter\.(microsoft|windows)\.(com|us)\/?$/,
    /^https:\/\/securitycenter\.onmicrosoft\.com\/windowsatpservice\/?$/,
    /^fc780465-2017-40d4-a0c5-307022471b92$/,
  ],
  xdr: [/^https:\/\/api\.security\.microsoft\.com\/?$/, /^8ee8fdad-f234-4243-8f3b-15c294843740$/],
  graph: [/^https:\/\/graph\.microsoft\.(com|us)\/?$/, /^00000003-0000-0000-c000-000000000000$/],
};

/** A token that carries these claims: header, payload and signature in base64url. */
export function tokenOf(claims: Claims): string {
  const parts = [{ typ: 'JWT', alg: 'RS256', kid: KEY_ID }, { ...claims, ver: '1.0' }, 'emulated, not signed'];
  return parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

/** The claims of a token of this emulator; undefined for any other text. */
export function claimsOf(token: string): Claims | undefined {
  const [header, payload, signature] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  if (signature === undefined || parseObject(header ?? '')?.['kid'] !== KEY_ID) return undefined;
  const claims = parseObject(payload ?? '') ?? {};
  const text = (name: string): string => (typeof claims[name] === 'string' ? claims[name] : '');
  const { roles } = claims;
  return {
    iss: text('iss'),
    aud: text('aud'),
    tid: text('tid'),
    appid: text('appid'),
    iat: Number(claims['iat']),
    exp: Number(claims['exp']),
    ...(Array.isArray(roles) && { roles: roles.map(String) }),
    ...('scp' in claims && { scp: text('scp') }),
  };
}

/** Whether a resource is one of these. `own` is the emulator's address: clients that are told another host ask for tokens to it. */
export function isFor(aud: string, audiences: readonly Audience[], own: string): boolean {
  const isOwn = aud.replace(/\/$/, '').toLowerCase() === own.toLowerCase();
  return isOwn || audiences.some((audience) => AUDIENCES[audience].some((pattern) => pattern.test(aud)));
}

/** Whether a text has the form of a JWT: two JSON objects and a signature. */
export function looksLikeJwt(text: string): boolean {
  const parts = text.split('.');
  const objects = parts.slice(0, 2).map((part) => parseObject(Buffer.from(part, 'base64url').toString()));
  return parts.length === 3 && parts[2] !== '' && objects.every((object) => object !== undefined);
}
