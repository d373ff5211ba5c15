/** All that an emulator remembers, and the only ways it changes. */
import { Actions } from './actions.ts';
import { Alerts } from './alerts.ts';
import type { Faults } from './faults.ts';
import { arrive, type Arrival, type Ledger } from './usage.ts';
import type { Cancellation, StoredAction } from './lifecycle.ts';
import { Machines } from './machines.ts';
import type { EmulatorOptions } from './options.ts';
import { guid, seeded } from '../random.ts';
import { dateText, type Scale } from '../time.ts';

export interface World {
  readonly options: EmulatorOptions;
  readonly scale: Scale;
  readonly actions: Actions;
  readonly machines: Machines;
  readonly alerts: Alerts;
  readonly ledgers: Map<string, Ledger>;
  /** Device codes given out, and whether they were asked for before. */
  readonly codes: Map<string, { asked: boolean }>;
  faults: Faults;
  tokensIssued: number;
  /** Requests whose token was refused: they are counted under no app. */
  tokensRefused: number;
}

export type Effect =
  | ({ readonly kind: 'arrive' } & Arrival)
  | { readonly kind: 'see'; readonly machineId: string }
  | { readonly kind: 'open'; readonly action: StoredAction }
  | { readonly kind: 'cancel'; readonly id: string; readonly cancellation: Cancellation }
  | { readonly kind: 'tags'; readonly machineId: string; readonly machineTags: readonly string[] }
  | { readonly kind: 'token' }
  | { readonly kind: 'no token' }
  | { readonly kind: 'code'; readonly code: string; readonly state: 'new' | 'asked' | 'used' }
  | { readonly kind: 'faults'; readonly faults: Faults };

/** How long before the start the actions that were already there began. */
const BEFORE_MS = 600_000;

/** An emulator's world at its start, with the scans that stand in the way. */
export function createWorld(options: EmulatorOptions, origin: number): World {
  const world: World = {
    options,
    scale: { origin, speed: options.speed },
    actions: new Actions(),
    machines: new Machines(options, origin),
    alerts: new Alerts(options.alerts, options.incidents, origin),
    ledgers: new Map(),
    codes: new Map(),
    faults: options.faults,
    tokensIssued: 0,
    tokensRefused: 0,
  };
  const random = seeded(options.seed ^ 0x5eed);
  for (const id of options.blockedBy) {
    world.machines.see(id.toLowerCase());
    world.actions.add(foreignAction(world, id.toLowerCase(), 'RunAntiVirusScan', guid(random, origin), true));
  }
  return world;
}

/** An action that somebody else began before the emulator's start and that never ends by itself. */
export function foreignAction(world: World, machineId: string, type: string, id: string, blocks: boolean): StoredAction {
  const at = world.scale.origin - BEFORE_MS;
  return {
    id,
    type,
    machineId,
    computerDnsName: world.machines.find(machineId)?.computerDnsName ?? null,
    requestor: 'analyst@emulated.example',
    requestorComment: 'Begun by somebody else',
    requestSource: 'Portal',
    scope: null,
    sha1: null,
    commands: [],
    createdText: dateText(at),
    createdAt: at,
    visibleAt: at,
    startsAt: at,
    endsAt: Infinity,
    endsAs: 'Succeeded',
    asked: null,
    blocks,
    cancellation: null,
  };
}

/** Carries one effect out. */
export function apply(world: World, effect: Effect): void {
  switch (effect.kind) {
    case 'arrive':
      return arrive(world.ledgers, world.options, effect);
    case 'see':
      return world.machines.see(effect.machineId);
    case 'open':
      return world.actions.add(effect.action);
    case 'cancel':
      return world.actions.cancel(effect.id, effect.cancellation);
    case 'tags':
      return world.machines.tag(effect.machineId, effect.machineTags);
    case 'token':
      world.tokensIssued++;
      return undefined;
    case 'no token':
      world.tokensRefused++;
      return undefined;
    case 'code':
      return setCode(world, effect.code, effect.state);
    case 'faults':
      world.faults = effect.faults;
      return undefined;
    default:
      return effect satisfies never;
  }
}

function setCode(world: World, code: string, state: 'new' | 'asked' | 'used'): void {
  if (state === 'used') world.codes.delete(code);
  else world.codes.set(code, { asked: state === 'asked' });
}
