/** Where the API and the sign-in of each Microsoft cloud are. */
import { UsageError } from '../core/errors.ts';
import { isLoopback } from '../http/loopback.ts';

export const CLOUDS = ['commercial', 'gcc', 'gcchigh', 'dod'] as const;
export type Cloud = (typeof CLOUDS)[number];

export const GEOS = ['us', 'eu', 'uk', 'au', 'swa', 'ina'] as const;

interface CloudEntry {
  readonly api: string;
  /** What a token must be made for: the API answers 403 to any other audience, whatever host is called. */
  readonly resource: string;
  readonly authority: string;
  /** Microsoft Graph, which hunts; also what its tokens are made for. */
  readonly graph: string;
  /** Defender XDR, which has the incidents; also what its tokens are made for. */
  readonly xdr: string;
}

const GOV: CloudEntry = {
  api: 'https://api-gov.securitycenter.microsoft.us',
  resource: 'https://api-gov.securitycenter.microsoft.us',
  authority: 'https://login.microsoftonline.us',
  graph: 'https://graph.microsoft.us',
  xdr: 'https://api-gov.security.microsoft.us',
};

/**
 * @see https://learn.microsoft.com/defender-endpoint/gov
 * @see https://learn.microsoft.com/defender-xdr/usgov
 * @see https://learn.microsoft.com/graph/deployments
 */
const TABLE = {
  commercial: {
    api: 'https://api.security.microsoft.com',
    resource: 'https://api.securitycenter.microsoft.com',
    authority: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com',
    xdr: 'https://api.security.microsoft.com',
  },
  gcc: {
    api: 'https://api-gcc.securitycenter.microsoft.us',
    resource: 'https://api-gcc.securitycenter.microsoft.us',
    authority: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com',
    xdr: 'https://api-gcc.security.microsoft.us',
  },
  gcchigh: GOV,
  dod: { ...GOV, graph: 'https://dod-graph.microsoft.us' },
} as const satisfies Record<Cloud, CloudEntry>;

/** What the flags and the environment say; all as they were typed. */
export interface EndpointChoice {
  readonly cloud?: string | undefined;
  readonly geo?: string | undefined;
  /** Wins over cloud and geo for the API's address; the audience stays the cloud's. */
  readonly apiUrl?: string | undefined;
  /** An https URL or a bare host name. */
  readonly authorityHost?: string | undefined;
}

export interface Endpoints {
  readonly apiOrigin: string;
  /** The v2 scope of a client-credentials token. */
  readonly scope: string;
  /** The same as a v1 resource, which managed identities ask for. */
  readonly resource: string;
  /** Origin of the sign-in service. */
  readonly authorityHost: string;
  /** Microsoft Graph and Defender XDR: services beside the API, with tokens of their own. */
  readonly graph: ServiceEndpoint;
  readonly xdr: ServiceEndpoint;
}

/** Where another service is, and what a token for it is made for. */
export interface ServiceEndpoint {
  readonly origin: string;
  readonly scope: string;
  readonly resource: string;
}

/**
 * The addresses that a choice of cloud, geography and overrides comes to.
 * @throws UsageError when the choice makes no sense or an address is not safe to send a token to.
 */
export function resolveEndpoints(choice: EndpointChoice): Endpoints {
  const cloud = oneOf(CLOUDS, choice.cloud ?? 'commercial', 'cloud');
  const entry = TABLE[cloud];
  const geoOrigin = geoApi(cloud, choice.geo, entry.api);
  const apiOrigin = choice.apiUrl === undefined ? geoOrigin : readOrigin(choice.apiUrl, 'API URL');
  return {
    apiOrigin,
    graph: beside(apiOrigin, entry.graph),
    xdr: beside(apiOrigin, entry.xdr),
    scope: `${entry.resource}/.default`,
    resource: entry.resource,
    authorityHost: choice.authorityHost === undefined ? entry.authority : readAuthority(choice.authorityHost),
  };
}

/** An API on this very machine, the emulator say, has the other services at the same place: nothing there goes out. */
function beside(apiOrigin: string, resource: string): ServiceEndpoint {
  const origin = isLoopback(new URL(apiOrigin).hostname) ? apiOrigin : resource;
  return { origin, resource, scope: `${resource}/.default` };
}

function geoApi(cloud: Cloud, geo: string | undefined, api: string): string {
  if (geo === undefined) return api;
  const known = oneOf(GEOS, geo, 'geo');
  if (cloud !== 'commercial') throw new UsageError(`geo ${known} exists in the commercial cloud only, not in ${cloud}`);
  return api.replace('https://', `https://${known}.`);
}

function readAuthority(text: string): string {
  return readOrigin(text.includes('://') ? text : `https://${text}`, 'authority host');
}

function readOrigin(text: string, what: string): string {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') throw new UsageError(`the ${what} is not a URL`);
  // The text itself is not repeated here: it may hold a password.
  if (url.username !== '' || url.password !== '') throw new UsageError(`the ${what} must not hold a user name or password`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new UsageError(`the ${what} ${url.origin} must begin with https://`, { hint: 'http:// is allowed for loopback only.' });
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new UsageError(`the ${what} must be a host without path or query, like ${url.origin}`);
  }
  return url.origin;
}

function oneOf<T extends string>(known: readonly T[], text: string, what: string): T {
  const found = known.find((word) => word === text);
  if (found === undefined) throw new UsageError(`unknown ${what} "${text}"`, { hint: `Known: ${known.join(', ')}.` });
  return found;
}
