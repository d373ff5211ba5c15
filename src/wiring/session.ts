/** A session: signed in as somebody, somewhere, with a state beside it. Everything that picks an adapter is called from here. */
import { AuthUnavailableError, UserError } from '../core/errors.ts';
import { EXIT } from '../core/exit.ts';
import type { Api, Bearer, State, Tokens } from '../core/ports.ts';
import type { Run } from '../core/types.ts';
import { createApi } from '../defender/client.ts';
import { resolveEndpoints, type Endpoints } from '../defender/clouds.ts';
import { chooseCredential, type Credential } from '../defender/credentials/index.ts';
import { createTokens } from '../defender/tokens.ts';
import { ServerClock } from '../engine/attempts/server-clock.ts';
import { createTransport, type Transport } from '../http/transport.ts';
import type { AuthMode } from '../defender/credentials/types.ts';
import type { Settings } from '../settings/settings.ts';
import { startBuiltIn, type BuiltInEmulator, type EmulatorOptions } from './built-in-emulator.ts';
import { grantedBy, identityOf, type Identity } from './identity.ts';
import { stateFolder } from './state-path.ts';
import { openState } from './state.ts';
import { clock, type Tools } from './tools.ts';
import { VERSION } from './version.ts';

export interface Session {
  readonly settings: Settings;
  readonly tools: Tools;
  readonly state: State;
  /** Origin of the API. */
  readonly host: string;
  readonly api: Api;
  readonly tokens: Tokens;
  /** The API's clock, as its answers tell it. */
  readonly server: ServerClock;
  readonly identity: Identity;
  /** How it was signed in. */
  readonly mode: AuthMode;
  /** Roles and scopes of the token; undefined where it does not say. */
  readonly granted: readonly string[] | undefined;
  /** Another service of the same tenant, with tokens of its own: nobody signs in before its first request. */
  beside(service: 'graph' | 'xdr'): Beside;
  close(): Promise<void>;
}

/** A service beside the API. */
export interface Beside {
  readonly host: string;
  readonly api: Api;
  readonly tokens: Tokens;
}

export interface SessionOptions {
  readonly settings: Settings;
  /** What the built-in emulator is to be like, where one is asked for. */
  readonly emulator?: Partial<EmulatorOptions> | undefined;
  /** Of the run that is gone on with: fixed, whatever the environment says now. */
  readonly fixed?: Pick<Run, 'tenant' | 'clientId' | 'host'> | undefined;
  /** Open already; the session does not close it then. */
  readonly state?: State | undefined;
}

/**
 * Signs in, once, and opens the state.
 * @throws AuthError (exit 8) without credentials or when they are refused
 * @throws UserError (exit 5) when the sign-in service cannot be reached: nothing was sent
 */
export async function openSession(options: SessionOptions, tools: Tools): Promise<Session> {
  const { settings } = options;
  if (tools.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') tools.log.warn({}, CHECKED);
  const emulator = options.emulator && (await startBuiltIn(options.emulator));
  const transport = createTransport({ env: tools.env, maxSockets: settings.concurrency + READS_IN_FLIGHT });
  const disconnect = async (): Promise<void> => {
    transport.close();
    await emulator?.close();
  };
  try {
    const endpoints = endpointsOf(options, emulator, tools);
    const wires = { endpoints, emulator, transport };
    const credential = await credentialOf(options, wires, endpoints, tools);
    const tokens = createTokens(credential, clock, tools.log);
    const bearer = await signIn(tokens);
    const state = options.state ?? (await openState(settings, settings.emulator, tools));
    return {
      settings,
      tools,
      state,
      host: endpoints.apiOrigin,
      api: apiOf({ apiOrigin: endpoints.apiOrigin }, transport, Boolean(emulator), settings, tools),
      tokens,
      server: new ServerClock(clock),
      identity: identityOf(bearer, credential),
      mode: credential.mode,
      granted: grantedBy(bearer),
      beside: (service) => besideOf(service, options, wires, tools),
      close: async () => {
        if (!options.state) await state.close();
        await disconnect();
      },
    };
  } catch (error) {
    await disconnect();
    throw error;
  }
}

const CHECKED = 'NODE_TLS_REJECT_UNAUTHORIZED=0 is not honoured: certificates are checked; name a CA of your own with NODE_EXTRA_CA_CERTS';

/** Room for reads and token requests beside the attempts. */
const READS_IN_FLIGHT = 20;

function endpointsOf({ settings, fixed }: SessionOptions, emulator: BuiltInEmulator | undefined, { env }: Tools): Endpoints {
  const { cloud, geo } = settings;
  return resolveEndpoints({
    cloud,
    geo,
    apiUrl: emulator?.url ?? fixed?.host ?? settings.apiUrl,
    authorityHost: env['AZURE_AUTHORITY_HOST'],
  });
}

interface Wires {
  readonly endpoints: Endpoints;
  readonly emulator: BuiltInEmulator | undefined;
  readonly transport: Transport;
}

function credentialOf(
  { settings, fixed }: SessionOptions,
  { endpoints: { authorityHost }, emulator, transport }: Wires,
  { scope, resource }: Pick<Endpoints, 'scope' | 'resource'>,
  tools: Tools,
): Promise<Credential> {
  const { env, secrets, log } = tools;
  const shared = { scope, resource, authorityHost, transport, secrets };
  const cacheDir = stateFolder(settings.state, env);
  const showDeviceCode = (text: string): void => log.warn({}, text);
  if (emulator) {
    const { tenant, clientId, clientSecret, tokenEndpoint } = emulator;
    const credentials = { tenant, clientId, tokenEndpoint, env: { AZURE_CLIENT_SECRET: clientSecret } };
    return chooseCredential({ ...shared, ...credentials, mode: 'secret', cacheDir, showDeviceCode });
  }
  const tenant = fixed?.tenant || settings.tenant;
  const clientId = fixed?.clientId || settings.clientId;
  return chooseCredential({
    ...shared,
    env,
    cacheDir,
    showDeviceCode,
    ...(settings.auth && { mode: settings.auth }),
    ...(tenant && { tenant }),
    ...(clientId && { clientId }),
    ...(settings.tokenFile && { tokenFile: settings.tokenFile }),
  });
}

/** What a path of each service begins with. */
const PREFIX = { graph: 'v1.0', xdr: 'api' } as const;

function besideOf(service: 'graph' | 'xdr', options: SessionOptions, wires: Wires, tools: Tools): Beside {
  const endpoint = wires.endpoints[service];
  const acquire: Credential['acquire'] = async (...args) => (await credentialOf(options, wires, endpoint, tools)).acquire(...args);
  const credential = { mode: 'secret', tenant: undefined, clientId: undefined, about: service, acquire } as const;
  const apiOfService = apiOf(
    { apiOrigin: endpoint.origin, prefix: PREFIX[service], isOfQueries: true, readTimeoutMs: QUERY_MS },
    wires.transport,
    Boolean(wires.emulator),
    options.settings,
    tools,
  );
  return { host: endpoint.origin, api: apiOfService, tokens: createTokens(credential, clock, tools.log) };
}

async function signIn(tokens: Tokens): Promise<Bearer> {
  try {
    return await tokens.current();
  } catch (error) {
    if (!(error instanceof AuthUnavailableError)) throw error;
    throw new UserError(`cannot sign in: ${error.message}`, {
      exitCode: EXIT.outage,
      hint: 'Nothing was sent. Try again later.',
      cause: error,
    });
  }
}

/** A query may run for 200 s (mde-actions.md §5). */
const QUERY_MS = 210_000;

interface ApiPlace {
  readonly apiOrigin: string;
  readonly prefix?: string;
  readonly isOfQueries?: boolean;
  readonly readTimeoutMs?: number;
}

function apiOf({ apiOrigin, ...more }: ApiPlace, transport: Transport, isBuiltIn: boolean, settings: Settings, { log }: Tools): Api {
  const warn = once(() => log.warn({ host: apiOrigin }, 'EMULATED: this API is an emulator; nothing real is touched'));
  return createApi({
    origin: apiOrigin,
    ...more,
    transport,
    timeoutMs: settings.attemptTimeout,
    userAgent: `cordon/${VERSION}`,
    ...(!isBuiltIn && { onEmulated: warn }),
  });
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}
