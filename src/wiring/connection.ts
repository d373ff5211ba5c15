/** Adapters wired together from the settings: the only place that picks them. */
import { homedir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Api, Bearer, Clock, Gate, State, Tokens } from '../core/ports.ts';
import type { Job, Window } from '../core/types.ts';
import { createApi } from '../defender/client.ts';
import { resolveEndpoints } from '../defender/clouds.ts';
import { chooseCredential, type Credential } from '../defender/credentials/index.ts';
import { readClaims } from '../defender/jwt.ts';
import { createTokens } from '../defender/tokens.ts';
import { isLoopback } from '../http/loopback.ts';
import { createTransport, type Transport } from '../http/transport.ts';
import type { Halt } from '../engine/attempts/halt.ts';
import { Lane } from '../engine/attempts/lane.ts';
import { AuthError } from '../core/errors.ts';
import type { Display } from '../cli/views/display.ts';
import { QuotaGate } from '../engine/quota/gate.ts';
import type { Secrets } from '../core/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import { bootClock } from '../state/boot-clock.ts';
import { SqliteState } from '../state/sqlite.ts';
import { startBuiltIn, type BuiltInEmulator, type EmulatorOptions } from './built-in-emulator.ts';
import type { Io } from './io.ts';
import { VERSION } from './version.ts';

export const clock: Clock = { now: () => Date.now(), mono: () => performance.now() };

export interface Tools {
  readonly io: Io;
  readonly display: Display;
  readonly secrets: Secrets;
}

/** The state that the settings name; emulated runs use one of their own. */
export function openState(settings: Settings, emulated: boolean, { io, display }: Tools): State {
  return new SqliteState(statePath(settings.state, emulated, io.env), {
    emulated,
    bootClock: bootClock(),
    onWarning: (message) => display.log.warn({}, message),
  });
}

/** The state in which a run is to be found: its id says whether it was emulated, and a file named by hand may be either. */
export function openStateOf(runId: string | undefined, settings: Settings, { io, display }: Tools): State {
  const emulated = settings.emulator || (runId?.startsWith('emulated-') ?? false);
  return new SqliteState(statePath(settings.state, emulated, io.env), {
    emulated: settings.state === undefined ? emulated : undefined,
    bootClock: bootClock(),
    onWarning: (message) => display.log.warn({}, message),
  });
}

export function statePath(given: string | undefined, emulated: boolean, env: NodeJS.ProcessEnv): string {
  if (given !== undefined) return resolve(given);
  const base = env['XDG_STATE_HOME'] || join(env['HOME'] ?? homedir(), '.local', 'state');
  return join(base, 'cordon', emulated ? 'emulated.db' : 'state.db');
}

/** Who is acting: for the state and the reports. */
export function operatorOf(settings: Settings, env: NodeJS.ProcessEnv): string {
  if (settings.operator) return settings.operator;
  try {
    return userInfo().username;
  } catch {
    // A container may run under a uid that has no name.
    return env['USER'] ?? `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Everything that reaches the API, for one host, tenant and client. */
export interface Connection {
  readonly host: string;
  readonly api: Api;
  readonly tokens: Tokens;
  readonly credential: Credential;
  readonly transport: Transport;
  readonly emulator: BuiltInEmulator | undefined;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  readonly settings: Settings;
  /** Options of the built-in emulator, when one is asked for. */
  readonly emulator?: Partial<EmulatorOptions>;
  /** Of the run that is resumed: fixed, whatever the environment says now. */
  readonly fixed?: { readonly tenant: string; readonly clientId: string; readonly host: string };
}

/** Room for reads and token requests beside the attempts. */
const READS_IN_FLIGHT = 20;

/** @throws AuthError naming what is missing; no token is asked for yet */
export async function connect({ settings, emulator: options, fixed }: ConnectionOptions, tools: Tools): Promise<Connection> {
  const { io, display, secrets } = tools;
  const emulator = options && (await startBuiltIn(options));
  if (io.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    display.log.warn(
      {},
      'NODE_TLS_REJECT_UNAUTHORIZED=0 is not honoured: certificates are checked; name a CA of your own with NODE_EXTRA_CA_CERTS',
    );
  const apiUrl = emulator?.url ?? fixed?.host ?? settings.apiUrl;
  const authorityHost = io.env['AZURE_AUTHORITY_HOST'];
  const endpoints = resolveEndpoints({ cloud: settings.cloud, geo: settings.geo, apiUrl, authorityHost });
  const transport = createTransport({ env: io.env, maxSockets: settings.concurrency + READS_IN_FLIGHT });
  const tenant = emulator ? emulator.tenant : fixed?.tenant || settings.tenant;
  const clientId = emulator ? emulator.clientId : fixed?.clientId || settings.clientId;
  const credential = await chooseCredential({
    scope: endpoints.scope,
    resource: endpoints.resource,
    authorityHost: endpoints.authorityHost,
    transport,
    secrets,
    ...(emulator
      ? { mode: 'secret', env: { AZURE_CLIENT_SECRET: emulator.clientSecret }, tokenEndpoint: emulator.tokenEndpoint }
      : { env: io.env }),
    ...(!emulator && settings.auth && { mode: settings.auth }),
    ...(tenant && { tenant }),
    ...(clientId && { clientId }),
    ...(settings.tokenFile && { tokenFile: settings.tokenFile }),
    cacheDir: dirname(statePath(settings.state, false, io.env)),
    showDeviceCode: (text) => display.log.warn({}, text),
  });
  return {
    host: endpoints.apiOrigin,
    transport,
    credential,
    emulator,
    api: createApi({
      origin: endpoints.apiOrigin,
      transport,
      timeoutMs: settings.attemptTimeout,
      userAgent: `cordon/${VERSION}`,
      scrub: (text) => secrets.scrub(text),
      ...(!emulator && {
        onEmulated: once(() =>
          display.log.warn({ host: endpoints.apiOrigin }, 'EMULATED: this API is an emulator; nothing real is touched'),
        ),
      }),
    }),
    tokens: createTokens(credential, clock, display.log),
    close: async () => {
      transport.close();
      await emulator?.close();
    },
  };
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

/** Who the token speaks for, as far as it or the settings tell. */
export interface Identity {
  readonly tenant: string;
  readonly clientId: string;
  /** The token carries readable claims, so tenant and client are what the API will count by. */
  readonly certain: boolean;
}

export function identityOf(bearer: Bearer, credential: Credential): Identity {
  const claims = readClaims(bearer.token);
  const tenant = claims?.tenant ?? credential.tenant;
  const clientId = claims?.clientId ?? credential.clientId;
  return { tenant: tenant ?? '', clientId: clientId ?? '', certain: Boolean(tenant && clientId) };
}

const READ_ROLES = ['Machine.Read.All', 'Machine.ReadWrite.All', 'Machine.Read', 'Machine.ReadWrite'];

/**
 * Looks at a token's own words before anything is sent. An opaque token says nothing, and nothing is assumed.
 * @throws AuthError (exit 8) when the permission for the job is missing
 */
export function checkPermission(bearer: Bearer, job: Job | undefined, { log }: Display): void {
  const claims = readClaims(bearer.token);
  const granted = [...(claims?.roles ?? []), ...(claims?.scopes ?? [])];
  if (!claims || (claims.roles === undefined && claims.scopes === undefined)) return;
  if (job && !granted.includes(job.permission))
    throw new AuthError(`the token lacks the permission ${job.permission}; it has ${granted.join(', ') || 'none'}`, {
      hint: `Grant ${job.permission} (API "WindowsDefenderATP") to the app registration, with admin consent, then try again.`,
    });
  if (!READ_ROLES.some((role) => granted.includes(role)))
    log.warn(
      { granted },
      'the token lacks Machine.Read.All: calls whose answer is lost will stay unknown, and machine facts cannot be read',
    );
}

/**
 * What the API counts by: tenant, client and the API itself. The host joins in only where tenant and client are not
 * known, or where the host is this machine.
 */
export function quotaKey({ tenant, clientId, certain }: Identity, host: string, segment: string): string {
  const who = certain && !isLoopback(new URL(host).hostname) ? `${tenant}/${clientId}` : `${host}/${tenant}/${clientId}`;
  return `${who}/${segment}`;
}

export interface LaneOptions {
  readonly segment: string;
  readonly identity: Identity;
  readonly connection: Connection;
  readonly state: State;
  readonly settings: Settings;
  readonly halt: Halt;
  readonly display: Display;
  readonly mayStop?: () => boolean;
}

/** A lane whose gate knows what earlier and other processes used. */
export async function openLane(options: LaneOptions): Promise<{ lane: Lane; gate: Gate }> {
  const { segment, identity, connection, state, settings, halt, display, mayStop } = options;
  const key = quotaKey(identity, connection.host, settings.sharedQuota ? 'shared' : segment);
  const windows: readonly Window[] = settings.rate;
  const { countsFrom, pausedUntil } = await state.quotaUse(key, windows, clock.now);
  const gate = new QuotaGate({ windows, concurrency: settings.concurrency, clock, inUse: countsFrom });
  if (pausedUntil !== null) gate.block(pausedUntil - clock.now());
  const lane = new Lane({
    gate,
    quotaKey: key,
    windows,
    state,
    clock,
    halt,
    log: display.log,
    what: segment,
    tokens: connection.tokens,
    attemptTimeoutMs: settings.attemptTimeout,
    outageMs: settings.outage,
    mayStop,
  });
  return { lane, gate };
}
