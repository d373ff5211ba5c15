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
}

const GOV: CloudEntry = {
  api: 'https://api-gov.securitycenter.microsoft.us',
  resource: 'https://api-gov.securitycenter.microsoft.us',
  authority: 'https://login.microsoftonline.us',
};

/** @see https://learn.microsoft.com/defender-endpoint/gov */
const TABLE = {
  commercial: {
    api: 'https://api.security.microsoft.com',
    resource: 'https://api.securitycenter.microsoft.com',
    authority: 'https://login.microsoftonline.com',
  },
  gcc: {
    api: 'https://api-gcc.securitycenter.microsoft.us',
    resource: 'https://api-gcc.securitycenter.microsoft.us',
    authority: 'https://login.microsoftonline.com',
  },
  gcchigh: GOV,
  dod: GOV,
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
}

/**
 * The addresses that a choice of cloud, geography and overrides comes to.
 * @throws UsageError when the choice makes no sense or an address is not safe to send a token to.
 */
export function resolveEndpoints(choice: EndpointChoice): Endpoints {
  const cloud = oneOf(CLOUDS, choice.cloud ?? 'commercial', 'cloud');
  const entry = TABLE[cloud];
  const geoOrigin = geoApi(cloud, choice.geo, entry.api);
  return {
    apiOrigin: choice.apiUrl === undefined ? geoOrigin : readOrigin(choice.apiUrl, 'API URL'),
    scope: `${entry.resource}/.default`,
    resource: entry.resource,
    authorityHost: choice.authorityHost === undefined ? entry.authority : readAuthority(choice.authorityHost),
  };
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
