/** The token endpoints: Entra's v1 and v2, device code, and the two managed identity endpoints. */
import { delegated, deviceCode, deviceCodeToken } from './device-code.ts';
import { guid, type Random } from '../random.ts';
import { only, type Reaction } from '../reaction.ts';
import { json, wrongMethod, type Incoming } from '../replies.ts';
import { baseUrl, expiry, issued, issuedAt, issuer, lifetime, refused, rolesFor, type SignIn } from './context.ts';
import { looksLikeJwt, tokenOf } from './tokens.ts';
import type { World } from '../world/world.ts';

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** The standard's name, and the one that msal sends. */
const DEVICE_CODE = new Set(['urn:ietf:params:oauth:grant-type:device_code', 'device_code']);

/** Answers anything that is neither the API nor the emulator's own control. */
export function answerSignIn(request: Incoming, world: World, now: number, random: Random): Reaction {
  const path = request.path.replace(/\/$/, '').toLowerCase();
  const { tenant: own, alsoTenants, unconsented } = world.options;
  const [, named = '', endpoint = ''] = /^\/([^/]+)(\/.+)$/.exec(path) ?? [];
  const isOneOf = (tenants: readonly string[]): boolean => tenants.some((known) => known.toLowerCase() === named);
  const context = { world, request, form: formOf(request), now, random, tenant: isOneOf(alsoTenants) ? named : own };
  if (path === '/metadata/identity/oauth2/token') return managedIdentity(context, request.headers['metadata'] === 'true');
  if (path === '/msi/token') return managedIdentity(context, Boolean(request.headers['x-identity-header']));
  const handler = ENDPOINTS[endpoint];
  if (!handler) return only(json(404, { error: 'not_found', error_description: `nothing at ${request.path}` }));
  if (!handler.methods.includes(request.method)) return only(wrongMethod(handler.methods.join(', ')));
  if (isOneOf(unconsented)) return only(refused(context, 400, 'unauthorized_client', 700_016, NOT_KNOWN_THERE));
  if (isOneOf([own, 'common', 'organizations', ...alsoTenants])) return handler.answer(context);
  return only(refused(context, 400, 'invalid_request', 90_002, `Tenant '${named}' not found.`));
}

const NOT_KNOWN_THERE = 'Application with this identifier was not found in the directory.';

/** Of the body; of the address where a GET has none. */
function formOf({ method, body, query }: Incoming): URLSearchParams {
  return method === 'GET' && body === '' ? query : new URLSearchParams(body);
}

/** The older token endpoint takes a GET as well: a public client asks so. */
const ENDPOINTS: Readonly<Record<string, { methods: readonly string[]; answer: (context: SignIn) => Reaction }>> = {
  '/oauth2/v2.0/token': { methods: ['POST'], answer: (context) => token(context, 2) },
  '/oauth2/token': { methods: ['POST', 'GET'], answer: (context) => token(context, 1) },
  '/oauth2/v2.0/devicecode': { methods: ['POST'], answer: deviceCode },
  '/v2.0/.well-known/openid-configuration': { methods: ['GET'], answer: openIdConfiguration },
  '/.well-known/openid-configuration': { methods: ['GET'], answer: openIdConfiguration },
};

function token(context: SignIn, version: 1 | 2): Reaction {
  const { form, world } = context;
  const grant = form.get('grant_type') ?? '';
  if (form.get('client_id') !== world.options.clientId) return only(refused(context, 400, 'unauthorized_client', 700_016, NOT_KNOWN_THERE));
  if (grant === 'client_credentials') return clientCredentials(context, version);
  if (DEVICE_CODE.has(grant)) return deviceCodeToken(context);
  if (grant === 'refresh_token') return issued(delegated(context));
  return only(refused(context, 400, 'unsupported_grant_type', 70_003, `The app requested an unsupported grant type '${grant}'.`));
}

function clientCredentials(context: SignIn, version: 1 | 2): Reaction {
  const { form, world } = context;
  const assertion = form.get('client_assertion');
  const proven =
    assertion === null
      ? form.get('client_secret') === world.options.clientSecret
      : form.get('client_assertion_type') === ASSERTION && looksLikeJwt(assertion);
  if (!proven) return only(refused(context, 401, 'invalid_client', 7_000_215, 'Invalid client secret or assertion provided.'));
  const audience = version === 1 ? form.get('resource') : form.get('scope')?.replace(/\/\.default$/, '');
  if (!audience) return only(refused(context, 400, 'invalid_request', 900_144, "The request body must contain the parameter 'scope'."));
  const life = lifetime(context);
  const accessToken = appToken(context, audience);
  const answer = { token_type: 'Bearer', expires_in: life, ext_expires_in: life, access_token: accessToken };
  return issued(version === 2 ? answer : { ...answer, expires_in: String(life), ext_expires_in: String(life), resource: audience });
}

function managedIdentity(context: SignIn, asked: boolean): Reaction {
  const resource = context.request.query.get('resource');
  if (!asked || !resource) return only(json(400, { error: 'invalid_request', error_description: 'Required header or resource not given' }));
  const life = lifetime(context);
  const expiresOn = String(expiry(context));
  const { clientId } = context.world.options;
  const answer = { access_token: appToken(context, resource), client_id: clientId, expires_in: String(life), expires_on: expiresOn };
  return issued({ ...answer, not_before: String(issuedAt(context)), resource, token_type: 'Bearer' });
}

function openIdConfiguration(context: SignIn): Reaction {
  const base = `${baseUrl(context)}/${context.tenant}`;
  return only(
    json(200, {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      issuer: issuer(context),
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
      response_types_supported: ['code'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
    }),
  );
}

function appToken(context: SignIn, audience: string): string {
  const { tenant } = context;
  const { clientId } = context.world.options;
  const roles = rolesFor(context, audience);
  const times = { iat: issuedAt(context), exp: expiry(context), uti: guid(context.random, context.world.scale.origin) };
  return tokenOf({ iss: issuer(context), aud: audience, tid: tenant, appid: clientId, roles, ...times });
}
