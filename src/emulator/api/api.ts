/** The API: from path and token to a reaction, through quota, permissions and faults. */
import { authenticate, missingPermission } from './authority.ts';
import { drawFault, drawReadFault } from '../world/faults.ts';
import { holdOn, type Caller } from '../world/usage.ts';
import { only, refusal, type Context, type Reaction, type Stranger } from '../reaction.ts';
import { html, wrongMethod } from '../replies.ts';
import { faulty } from './faulty.ts';
import { faultyRead } from './faulty-reads.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';
import { throttled } from './throttled.ts';

/** What comes after `/api/` or `/api/v1.0/`, or `graph/` and what comes after Graph's version; undefined for other paths. */
export function apiPath(path: string): string | undefined {
  const [, rest] = /^\/api\/(?:v1\.0\/)?(.*?)\/?$/i.exec(path) ?? [];
  const [, graph] = /^\/(?:v1\.0|beta)\/(.*?)\/?$/i.exec(path) ?? [];
  return rest ?? (graph === undefined ? undefined : `graph/${graph}`);
}

/** Answers a request to the API. `path` is of `apiPath`. */
export function answerApi(context: Stranger, path: string): Reaction {
  const { world, request, now } = context;
  if (urlLength(context) > world.options.maxUrl) return only(html(414, '414 Request-URI Too Large'));
  const fitting = ROUTES.filter(({ pattern }) => pattern.test(path));
  const route = fitting.find(({ method }) => method === request.method);
  if (!fitting[0]) return only(refusal(context, 501, 'NotImplemented', `The emulator has nothing at ${request.path}`));
  if (!route) return only(wrongMethod(fitting[0].method));
  const caller = authenticate(context, route.audiences ?? ['defender']);
  if ('status' in caller) return { answer: caller, effects: [{ kind: 'no token' }] };
  const counted = route.perTenant ? { ...caller, app: 'any app' } : caller;
  const api = { name: route.name, method: route.method, windows: route.windows ?? world.options.rate };
  const hold = holdOn(world.ledgers, world.options, counted, api, now);
  const arrive = { kind: 'arrive', caller: counted, api, now, throttled: hold.ms > 0 } as const;
  const full = { ...context, caller, parts: partsOf(route, path) };
  if (hold.window && hold.ms > 0) return { answer: throttled(full, hold.ms, hold.window), effects: [arrive] };
  const reaction = permitted(full, route);
  return { ...reaction, effects: [arrive, ...reaction.effects] };
}

/** Carries a POST out that was late: its effects alone matter. */
export function answerLate(context: Stranger & { readonly caller: Caller }, path: string): Reaction {
  const route = ROUTES.find(({ method, pattern }) => method === context.request.method && pattern.test(path));
  return route?.answer({ ...context, parts: partsOf(route, path) }) ?? { answer: 'never', effects: [] };
}

function permitted(context: Context, route: Route): Reaction {
  const missing = [route.permissions, route.andOneOf ?? []]
    .map((wanted) => missingPermission(context.caller, wanted, route.wording))
    .find((text) => text !== undefined);
  if (missing) return only(refusal(context, 403, 'Forbidden', missing));
  return hit(context, route) ?? route.answer(context);
}

/** What comes of it if a fault hits the request. */
function hit(context: Context, route: Route): Reaction | undefined {
  const { world, random } = context;
  if (route.faults === 'of actions') {
    const fault = drawFault(world.faults, random);
    return fault && faulty(context, route, fault);
  }
  const fault = route.faults === 'of reads' ? drawReadFault(world.faults, random) : undefined;
  return fault && faultyRead(context, route, fault);
}

function urlLength({ request }: Stranger): number {
  return `http://${request.headers['host'] ?? ''}${request.target}`.length;
}

function partsOf({ pattern }: Route, path: string): string[] {
  return (pattern.exec(path) ?? []).slice(1).map(decoded);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
