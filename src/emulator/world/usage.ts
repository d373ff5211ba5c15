/** Quota as the API keeps it: per app, tenant and API. */
import type { Window } from '../../core/types.ts';
import { newCounter, type Counter, type WindowKind } from './counters.ts';

/** Who a request comes from. Without permissions it is a stranger's opaque token, which may do everything. */
export interface Caller {
  readonly tenant: string;
  readonly app: string;
  readonly permissions: { readonly kind: 'roles' | 'scopes'; readonly names: readonly string[] } | undefined;
}

/** What quota is counted under, and its windows. */
export interface ApiName {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly windows: readonly Window[];
}

/** One API as one app of one tenant uses it: the quota's unit. */
export interface Ledger {
  readonly tenant: string;
  readonly app: string;
  readonly api: string;
  readonly windows: readonly Window[];
  readonly counters: readonly Counter[];
  /** Emulated ms of every request, ascending. */
  readonly arrivals: number[];
  posts: number;
  throttled: number;
}

/** A request that was counted, or refused for its number. */
export interface Arrival {
  readonly caller: Caller;
  readonly api: ApiName;
  /** Emulated ms since the epoch. */
  readonly now: number;
  readonly throttled: boolean;
}

export interface Counting {
  readonly windowKind: WindowKind;
  /** Whether refused requests use up quota too. */
  readonly countRejected: boolean;
}

/** How long the caller must wait (0 ms: not at all), and the window that holds it longest. */
export interface Hold {
  readonly ms: number;
  readonly window: Window | undefined;
}

/** The hold on a request that comes now; once refused, what is told takes into account that it may count itself. */
export function holdOn(ledgers: ReadonlyMap<string, Ledger>, { countRejected }: Counting, caller: Caller, api: ApiName, now: number): Hold {
  const ledger = ledgers.get(ledgerKey(caller, api.name));
  const held = longest(ledger, now, false);
  return held.ms > 0 && countRejected ? longest(ledger, now, true) : held;
}

function longest(ledger: Ledger | undefined, now: number, oneMore: boolean): Hold {
  const waits = ledger?.counters.map((counter) => counter.wait(now, oneMore)) ?? [];
  const ms = Math.max(0, ...waits);
  return { ms, window: ledger?.windows[waits.indexOf(ms)] };
}

/** Puts an arrival in its ledger. */
export function arrive(ledgers: Map<string, Ledger>, { windowKind, countRejected }: Counting, arrival: Arrival): void {
  const ledger = ledgerOf(ledgers, windowKind, arrival);
  ledger.arrivals.push(arrival.now);
  if (arrival.api.method === 'POST') ledger.posts++;
  if (arrival.throttled) ledger.throttled++;
  if (arrival.throttled && !countRejected) return;
  for (const counter of ledger.counters) counter.take(arrival.now);
}

function ledgerOf(ledgers: Map<string, Ledger>, kind: WindowKind, { caller, api }: Arrival): Ledger {
  const key = ledgerKey(caller, api.name);
  const known = ledgers.get(key);
  if (known) return known;
  const { windows } = api;
  const counters = windows.map((window) => newCounter(kind, window));
  const ledger: Ledger = { tenant: caller.tenant, app: caller.app, api: api.name, windows, counters, arrivals: [], posts: 0, throttled: 0 };
  ledgers.set(key, ledger);
  return ledger;
}

function ledgerKey({ tenant, app }: Caller, api: string): string {
  return `${tenant} ${app} ${api}`;
}
