/** A person's sign-in: by device code, which nobody has to type here, and its renewal. */
import { scopeOf } from '../api/authority.ts';
import { guid } from '../random.ts';
import { only, type Reaction } from '../reaction.ts';
import { json } from '../replies.ts';
import { baseUrl, expiry, issued, issuedAt, issuer, lifetime, refused, rolesFor, type SignIn } from './context.ts';
import { tokenOf } from './tokens.ts';

/** POST devicecode */
export function deviceCode(context: SignIn): Reaction {
  const code = guid(context.random, context.world.scale.origin);
  const url = `${baseUrl(context)}/device`;
  const userCode = code.slice(0, 8).toUpperCase();
  const message = `To sign in to the emulator nothing is needed. The page would be ${url} and the code ${userCode}.`;
  const answer = { user_code: userCode, device_code: code, verification_uri: url, expires_in: 900, interval: 1, message };
  return { answer: json(200, answer), effects: [{ kind: 'code', code, state: 'new' }] };
}

/** The first poll is told to wait, as it would be while the person types the code. */
export function deviceCodeToken(context: SignIn): Reaction {
  const code = context.form.get('device_code') ?? '';
  const known = context.world.codes.get(code);
  if (!known) return only(refused(context, 400, 'expired_token', 70_020, 'The provided device code is expired or unknown.'));
  if (!known.asked) {
    const pending = refused(context, 400, 'authorization_pending', 70_016, 'The user has not signed in yet.');
    return { answer: pending, effects: [{ kind: 'code', code, state: 'asked' }] };
  }
  const { answer, effects } = issued(delegated(context));
  return { answer, effects: [...effects, { kind: 'code', code, state: 'used' }] };
}

/** What a person's sign-in answers: scopes instead of roles, and who it is. */
export function delegated(context: SignIn): object {
  const { form, world } = context;
  const { tenant } = context;
  const { clientId } = world.options;
  const wanted = (form.get('scope') ?? '').split(' ').find((scope) => /^https?:\/\//.test(scope)) ?? '';
  const audience = wanted.replace(/\/[^/]*$/, '');
  const scp = rolesFor(context, audience).map(scopeOf).join(' ');
  const life = lifetime(context);
  const claims = {
    iss: issuer(context),
    tid: tenant,
    appid: clientId,
    iat: issuedAt(context),
    exp: expiry(context),
    uti: guid(context.random, world.scale.origin),
  };
  const person = { oid: tenant, sub: tenant, preferred_username: 'analyst@emulated.example', name: 'Emulated analyst' };
  const clientInfo = Buffer.from(JSON.stringify({ uid: tenant, utid: tenant })).toString('base64url');
  return {
    token_type: 'Bearer',
    scope: wanted,
    expires_in: life,
    ext_expires_in: life,
    access_token: tokenOf({ ...claims, aud: audience, scp }),
    refresh_token: 'emulated-refresh-token',
    id_token: tokenOf({ ...claims, aud: clientId, ...person }),
    client_info: clientInfo,
  };
}
