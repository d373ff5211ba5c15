/** What the emulator saw, for tests and for people. */
import type { Window } from '../../core/types.ts';
import { busiest, type Busiest } from './busiest.ts';
import type { World } from './world.ts';

export interface Stats {
  readonly apis: readonly ApiStats[];
  /** Actions created by requests, per machine, type and run tag as they were asked for ('' for comments without a tag). */
  readonly created: readonly Created[];
  /** Those of `created` that carry a tag and are more than one: what must never be. */
  readonly doubles: readonly Created[];
  readonly tokensIssued: number;
  /** Requests to the API whose token was refused or missing. */
  readonly tokensRefused: number;
}

interface ApiStats {
  readonly tenant: string;
  readonly app: string;
  readonly api: string;
  readonly requests: number;
  /** Requests answered 429. */
  readonly throttled: number;
  readonly posts: number;
  /** What the arrivals came to in each window, whichever kind is enforced; `ms` is emulated time. */
  readonly windows: readonly (Window & { readonly busiest: Busiest })[];
}

interface Created {
  readonly machineId: string;
  readonly type: string;
  readonly tag: string;
  readonly count: number;
}

/** Everything counted so far. Costs time in proportion to all requests and actions. */
export function statsOf(world: World): Stats {
  const created = createdIn(world);
  return {
    apis: [...world.ledgers.values()].map(({ tenant, app, api, arrivals, throttled, posts, windows }) => ({
      tenant,
      app,
      api,
      requests: arrivals.length,
      throttled,
      posts,
      windows: windows.map((window) => ({ ...window, busiest: busiest(arrivals, window) })),
    })),
    created,
    doubles: created.filter(({ tag, count }) => tag !== '' && count > 1),
    tokensIssued: world.tokensIssued,
    tokensRefused: world.tokensRefused,
  };
}

function createdIn(world: World): Created[] {
  const byKey = new Map<string, Created>();
  for (const { asked } of world.actions.between('', '~', false)) {
    if (!asked) continue;
    const { machineId, type, comment } = asked;
    const tag = /\[cordon [^\]]+\]/.exec(comment)?.[0] ?? '';
    const key = `${machineId} ${type} ${tag}`;
    byKey.set(key, { machineId, type, tag, count: (byKey.get(key)?.count ?? 0) + 1 });
  }
  return [...byKey.values()];
}
