/** A session: signed in as somebody, somewhere, with a state beside it. Everything that picks an adapter is called from here. */
import { dirname } from 'node:path';
import { AuthUnavailableError, UserError } from '../core/errors.ts';
import { EXIT } from '../core/exit.ts';
import type { Api, Bearer, State, Tokens } from '../core/ports.ts';
import type { Run } from '../core/types.ts';
import { createApi } from '../defender/client.ts';
import { resolveEndpoints, type Endpoints } from '../defender/clouds.ts';
import { chooseCredential, type Credential } from '../defender/credentials/index.ts';
import { createTokens } from '../defender/tokens.ts';
import { createTransport, type Transport } from '../http/transport.ts';
import type { Settings } from '../settings/settings.ts';
import { startBuiltIn, type BuiltInEmulator, type EmulatorOptions } from './built-in-emulator.ts';
import { grantedBy, identityOf, type Identity } from './identity.ts';
import { statePath } from './state-path.ts';
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
  readonly identity: Identity;
  /** Roles and scopes of the token; undefined where it does not say. */
  readonly granted: readonly string[] | undefined;
  close(): Promise<void>;
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
  const emulator = options.emulator && (await startBuiltIn(options.emulator));
  const transport = createTransport({ env: tools.env, maxSockets: settings.concurrency + READS_IN_FLIGHT });
  const disconnect = async (): Promise<void> => {
    transport.close();
    await emulator?.close();
  };
  try {
    const endpoints = endpointsOf(options, emulator, tools);
    const credential = await credentialOf(options, { endpoints, emulator, transport }, tools);
    const tokens = createTokens(credential, clock, tools.log);
    const bearer = await signIn(tokens);
    const state = options.state ?? (await openState(settings, settings.emulator, tools));
    return {
      settings,
      tools,
      state,
      host: endpoints.apiOrigin,
      api: apiOf(endpoints, transport, Boolean(emulator), settings, tools),
      tokens,
      identity: identityOf(bearer, credential),
      granted: grantedBy(bearer),
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

function credentialOf({ settings, fixed }: SessionOptions, { endpoints, emulator, transport }: Wires, tools: Tools): Promise<Credential> {
  const { scope, resource, authorityHost } = endpoints;
  const { env, secrets, log } = tools;
  const shared = { scope, resource, authorityHost, transport, secrets };
  const cacheDir = dirname(statePath(settings.state, false, env));
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

function apiOf({ apiOrigin }: Endpoints, transport: Transport, isBuiltIn: boolean, settings: Settings, { log, secrets }: Tools): Api {
  const warn = once(() => log.warn({ host: apiOrigin }, 'EMULATED: this API is an emulator; nothing real is touched'));
  return createApi({
    origin: apiOrigin,
    transport,
    timeoutMs: settings.attemptTimeout,
    userAgent: `cordon/${VERSION}`,
    scrub: (text) => secrets.scrub(text),
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
