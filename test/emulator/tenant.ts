/** An emulated tenant without a socket: the pure behaviour, its effects carried out, and a clock that tests move. */
import { complete } from '../../src/emulator/world/defaults.ts';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import { seeded } from '../../src/emulator/random.ts';
import type { Reaction } from '../../src/emulator/reaction.ts';
import { respond } from '../../src/emulator/respond.ts';
import { statsOf, type Stats } from '../../src/emulator/world/stats.ts';
import { apply, createWorld, type World } from '../../src/emulator/world/world.ts';

export const ORIGIN = Date.parse('2026-11-23T10:00:00.000Z');
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DEFENDER = 'https://api.securitycenter.microsoft.com';

/** A machine id of 40 hex digits. */
export function machineId(n: number): string {
  return n.toString(16).padStart(40, '0');
}

interface Ask {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly token?: string;
}

export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The JSON body, or an empty object. */
  readonly body: Record<string, unknown>;
  readonly value: Record<string, unknown>[];
  readonly error: Record<string, unknown>;
}

export interface Tenant {
  readonly world: World;
  readonly advance: (ms: number) => void;
  readonly react: (method: string, target: string, ask?: Ask) => Reaction;
  readonly ask: (method: string, target: string, ask?: Ask) => Told;
  /** POST machines/{id}/{segment} with a comment. */
  readonly post: (id: string, segment?: string, comment?: string) => Told;
  readonly stats: () => Stats;
}

export function tenant(options: Partial<EmulatorOptions> = {}): Tenant {
  const world = createWorld(complete(options), ORIGIN + (options.clockOffsetMs ?? 0));
  const random = seeded(7);
  let now = world.scale.origin;
  const react: Tenant['react'] = (method, target, ask = {}) => {
    const { pathname, searchParams } = new URL(target, 'http://emulator');
    const headers = { authorization: `Bearer ${ask.token ?? 'opaque'}`, host: 'emulator', ...ask.headers };
    const request = {
      method,
      path: pathname,
      target: `${pathname}${new URL(target, 'http://emulator').search}`,
      query: searchParams,
      headers,
      body: textOf(ask.body),
    };
    const reaction = respond(world, request, now, random);
    for (const effect of reaction.effects) apply(world, effect);
    return reaction;
  };
  const ask: Tenant['ask'] = (method, target, given) => told(react(method, target, given));
  return {
    world,
    advance: (ms) => void (now += ms),
    react,
    ask,
    post: (id, segment = 'restrictCodeExecution', comment = '[cordon r-1] test') =>
      ask('POST', `/api/machines/${id}/${segment}`, { body: { Comment: comment } }),
    stats: () => statsOf(world),
  };
}

function textOf(body: unknown): string {
  if (body === undefined) return '';
  if (body instanceof URLSearchParams) return body.toString();
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function told({ answer }: Reaction): Told {
  if (typeof answer === 'string') throw new Error(`no answer but ${answer}`);
  const text = Buffer.from(answer.body).toString();
  const body = text.startsWith('{') ? JSON.parse(text) : {};
  return { status: answer.status, headers: answer.headers, text, body, value: body.value ?? [], error: body.error ?? {} };
}

/** The form of a client's request for a token by secret. */
export function secretForm(changes: Record<string, string> = {}): URLSearchParams {
  const { clientId, clientSecret } = complete({});
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope: `${DEFENDER}/.default` };
  return new URLSearchParams({ ...form, ...changes });
}

/** A token by secret for the API, with the permissions of the options. */
export function tokenOfApp({ ask }: Tenant, changes: Record<string, string> = {}): string {
  return String(ask('POST', TOKEN_PATH, { body: secretForm(changes) }).body['access_token']);
}

export const TOKEN_PATH = `/${complete({}).tenant}/oauth2/v2.0/token`;
