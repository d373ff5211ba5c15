/** What the sign-in answers have in common. */
import type { Random } from '../random.ts';
import { guid } from '../random.ts';
import type { Reaction } from '../reaction.ts';
import { json, type Incoming, type Reply } from '../replies.ts';
import { wallAt } from '../time.ts';
import { isFor } from './tokens.ts';
import type { World } from '../world/world.ts';

export interface SignIn {
  readonly world: World;
  readonly request: Incoming;
  readonly form: URLSearchParams;
  readonly now: number;
  readonly random: Random;
  /** Whose sign-in it is. */
  readonly tenant: string;
}

/** A token answer, counted. */
export function issued(answer: object): Reaction {
  return { answer: json(200, answer, { 'cache-control': 'no-store' }), effects: [{ kind: 'token' }] };
}

export function issuer({ tenant }: SignIn): string {
  return `https://sts.windows.net/${tenant}/`;
}

export function baseUrl({ request }: SignIn): string {
  return `http://${request.headers['host'] ?? '127.0.0.1'}`;
}

/** What a token for this resource may do; the emulator's own address stands for all its APIs. */
export function rolesFor(context: SignIn, audience: string): readonly string[] {
  const { roles, graphRoles } = context.world.options;
  if (isFor(audience, [], baseUrl(context))) return [...roles, ...graphRoles];
  return isFor(audience, ['graph'], '') ? graphRoles : roles;
}

/** In the wall's seconds, because that is the clock a client compares with. */
export function lifetime({ world }: SignIn): number {
  return Math.max(1, Math.round(world.options.tokenLifetimeS / world.options.speed));
}

export function issuedAt({ world, now }: SignIn): number {
  return Math.floor(trueTime(world, now) / 1000);
}

export function expiry({ world, now }: SignIn): number {
  return Math.ceil((trueTime(world, now) + (world.options.tokenLifetimeS * 1000) / world.options.speed) / 1000);
}

/** The sign-in's clock is right, whatever the API's says. */
function trueTime({ scale, options }: World, now: number): number {
  return wallAt(scale, now) - options.clockOffsetMs;
}

/** An error in Entra's shape. */
export function refused({ world, now, random }: SignIn, status: number, error: string, code: number, text: string): Reply {
  const trace = guid(random, world.scale.origin);
  const timestamp = new Date(trueTime(world, now)).toISOString();
  const description = `AADSTS${code}: ${text} Trace ID: ${trace} Timestamp: ${timestamp}`;
  return json(status, { error, error_description: description, error_codes: [code], timestamp, trace_id: trace, correlation_id: trace });
}
