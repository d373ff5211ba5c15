/** The API: from path and token to a reaction, through quota, permissions and faults. */
import { act, notFound } from './act.ts';
import { listActions, oneAction } from './action-reads.ts';
import { authenticate, missingPermission, unauthorized, type Wording } from './authority.ts';
import { cancel } from './cancel.ts';
import { ACTION_APIS } from './catalogue.ts';
import { drawFault, type FaultName } from '../world/faults.ts';
import { holdOn, type ApiName } from '../world/usage.ts';
import { listMachines, oneMachine } from './machine-reads.ts';
import { packageUri } from './packages.ts';
import { only, refusal, type Context, type Reaction, type Stranger } from '../reaction.ts';
import { html, json, wrongMethod, type Reply } from '../replies.ts';
import { spanText, wallAt } from '../time.ts';

interface Route {
  readonly method: 'GET' | 'POST';
  readonly pattern: RegExp;
  readonly name: string;
  readonly permissions: readonly string[];
  /** One of these is needed besides. */
  readonly andOneOf?: readonly string[];
  /** How a 403 names what is missing: both are recorded, each of some routes. */
  readonly wording?: Wording;
  /** Windows of its own where the API documents them. */
  readonly windows?: ApiName['windows'];
  readonly faulty: boolean;
  answer(context: Context): Reaction;
}

const READ = ['Machine.Read.All', 'Machine.ReadWrite.All'];
const CANCEL = [...new Set(ACTION_APIS.map(({ permission }) => permission)), 'Machine.LiveResponse'];
const PACKAGE_WINDOWS = [
  { limit: 2, ms: 60_000 },
  { limit: 120, ms: 3_600_000 },
];

const ROUTES: readonly Route[] = [
  ...ACTION_APIS.map((api): Route => ({
    method: 'POST',
    pattern: new RegExp(`^machines/([^/]+)/${api.segment}$`, 'i'),
    name: api.segment,
    permissions: [api.permission],
    ...(api.readsToo && { andOneOf: READ, wording: 'permissions' }),
    faulty: true,
    answer: (context) => act(context, api),
  })),
  { method: 'POST', pattern: /^machineactions\/([^/]+)\/cancel$/i, name: 'cancel', permissions: CANCEL, faulty: false, answer: cancel },
  reading(/^machines$/i, 'GET machines', listMachines),
  reading(/^machines\/([^/]+)$/i, 'GET machines/{id}', oneMachine),
  reading(/^machineactions$/i, 'GET machineactions', listActions),
  reading(/^machineactions\/([^/]+)$/i, 'GET machineactions/{id}', oneAction),
  {
    ...reading(/^machineactions\/([^/]+)\/getPackageUri$/i, 'GET getPackageUri', packageUri),
    windows: PACKAGE_WINDOWS,
    wording: 'permissions',
  },
];

function reading(pattern: RegExp, name: string, answer: Route['answer']): Route {
  return { method: 'GET', pattern, name, permissions: READ, faulty: false, answer };
}

/** Answers a request below /api. `path` is what comes after it. */
export function answerApi(context: Stranger, path: string): Reaction {
  const { world, request, now } = context;
  const route = ROUTES.find(({ pattern }) => pattern.test(path));
  if (!route) return only(refusal(context, 404, 'NotFound', `No API at ${request.path}`));
  if (route.method !== request.method) return only(wrongMethod(route.method));
  const caller = authenticate(context);
  if ('status' in caller) return only(caller);
  const api = { name: route.name, method: route.method, windows: route.windows ?? world.options.rate };
  const hold = holdOn(world.ledgers, world.options, caller, api, now);
  const arrive = { kind: 'arrive', caller, api, now, throttled: hold.ms > 0 } as const;
  const parts = (route.pattern.exec(path) ?? []).slice(1).map(decoded);
  const full = { ...context, caller, parts };
  if (hold.window && hold.ms > 0) return { answer: throttled(full, hold.ms, hold.window), effects: [arrive] };
  const reaction = permitted(full, route);
  return { ...reaction, effects: [arrive, ...reaction.effects] };
}

/** Carries a POST out that was late: its effects alone matter. */
export function answerLate(context: Omit<Context, 'parts'>, path: string): Reaction {
  const route = ROUTES.find(({ method, pattern }) => method === context.request.method && pattern.test(path));
  const parts = (route?.pattern.exec(path) ?? []).slice(1).map(decoded);
  return route?.answer({ ...context, parts }) ?? { answer: 'never', effects: [] };
}

function permitted(context: Context, route: Route): Reaction {
  const missing = [route.permissions, route.andOneOf ?? []]
    .map((wanted) => missingPermission(context.caller, wanted, route.wording))
    .find((text) => text !== undefined);
  if (missing) return only(refusal(context, 403, 'Forbidden', missing));
  const fault = route.faulty ? drawFault(context.world.faults, context.random) : undefined;
  return fault ? faulty(context, route, fault) : route.answer(context);
}

function faulty(context: Context, route: Route, fault: FaultName): Reaction {
  switch (fault) {
    case '503':
      return only(refusal(context, 503, 'ServiceUnavailable', 'The service is temporarily unavailable'));
    case '500':
      return only(refusal(context, 500, 'InternalServerError', 'Internal server error'));
    case 'html502':
      return only(html(502, '502 Bad Gateway'));
    case '404':
      return only(notFound(context, context.parts[0] ?? ''));
    case '401':
      return only(unauthorized(context, 'The token could not be validated'));
    case 'reset-before':
      return { answer: 'reset', effects: [] };
    case 'hang-before':
      return { answer: 'never', effects: [] };
    case 'late':
      return { answer: 'never', effects: [], laterMs: context.world.options.lateMs };
    case 'reset-after':
      return { ...route.answer(context), answer: 'reset' };
    case 'hang-after':
      return { ...route.answer(context), answer: 'never' };
    default:
      return fault satisfies never;
  }
}

/** Both texts that were recorded, with the wait as the options say; the wait is the wall's, rounded up. */
function throttled(context: Context, waitMs: number, window: { limit: number; ms: number }): Reply {
  const { world, now, caller } = context;
  const { speed, retryAfter } = world.options;
  const seconds = Math.max(1, Math.ceil(waitMs / speed / 1000));
  const quota = `${window.limit} per ${spanText(window.ms)}`;
  const message =
    retryAfter === 'text'
      ? `API calls quota exceeded! Maximum allowed ${quota} for the key Destination+TenantID+AppID. You can send requests again in ${seconds} seconds.`
      : `API calls quota exceeded! maximum allowed ${quota}`;
  const headers = {
    header: { 'retry-after': String(seconds) },
    date: datedWait(wallAt(world.scale, now), waitMs / speed),
    text: {},
    none: {},
  }[retryAfter];
  return json(429, { error: { code: '429', message, target: caller.tenant } }, headers);
}

/** An HTTP date has whole seconds, so the wait is read against the answer's own date. */
function datedWait(wall: number, waitMs: number): Record<string, string> {
  const until = Math.ceil((wall + waitMs) / 1000) * 1000;
  return { date: new Date(wall).toUTCString(), 'retry-after': new Date(until).toUTCString() };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
