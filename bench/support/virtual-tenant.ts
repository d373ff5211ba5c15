/** The emulator's behaviour behind a virtual network: what requests come to, and what really happened. */
import { createWorld, apply, type World } from '../../src/emulator/world/world.ts';
import { complete } from '../../src/emulator/world/defaults.ts';
import type { EmulatorOptions } from '../../src/emulator/world/options.ts';
import type { Random } from '../../src/emulator/random.ts';
import type { Reaction } from '../../src/emulator/reaction.ts';
import { respond } from '../../src/emulator/respond.ts';
import { statsOf } from '../../src/emulator/world/stats.ts';
import type { HttpRequest, HttpResult, Transport } from '../../src/http/transport.ts';
import { latencyOf } from './quota.ts';
import type { VirtualTime } from './virtual-time.ts';

export class VirtualTenant implements Transport {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #world: World;

  constructor(options: Partial<EmulatorOptions>, time: VirtualTime, random: Random) {
    this.#time = time;
    this.#random = random;
    this.#world = createWorld(complete(options), time.now());
  }

  async send(request: HttpRequest): Promise<HttpResult> {
    const [there, back] = latencyOf(this.#random);
    await this.#time.sleep(there);
    const now = this.#time.now();
    const reaction = respond(this.#world, incoming(request), now, this.#random);
    for (const effect of reaction.effects) apply(this.#world, effect);
    await this.#time.sleep(reaction.answer === 'never' ? request.timeoutMs : back);
    return resultOf(reaction, now);
  }

  close(): void {}

  /** Requests that were answered 429, POST or GET. */
  throttled(): number {
    return statsOf(this.#world).apis.reduce((sum, { throttled }) => sum + throttled, 0);
  }

  /** Machines with an action that requests of ours made, and how many. */
  effects(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { machineId, asked } of this.#world.actions.between('', '~', false))
      if (asked) counts.set(machineId, (counts.get(machineId) ?? 0) + 1);
    return counts;
  }
}

function incoming({ method, url, headers, body = '' }: HttpRequest): Parameters<typeof respond>[1] {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { method, path: url.pathname, target: url.pathname + url.search, query: url.searchParams, headers: lower, body };
}

function resultOf({ answer }: Reaction, now: number): HttpResult {
  if (answer === 'reset' || answer === 'never') return { kind: 'lost', reason: 'reset' };
  const headers = { date: new Date(now).toUTCString(), ...answer.headers };
  return { kind: 'response', status: answer.status, headers, body: String(answer.body) };
}
