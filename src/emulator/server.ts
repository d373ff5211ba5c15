/** The emulator's edge: a socket, a clock and timers around the pure behaviour. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf, UsageError } from '../core/errors.ts';
import { answerLate, apiPath } from './api/api.ts';
import type { Caller } from './world/usage.ts';
import type { ActionBody } from './world/lifecycle.ts';
import { complete } from './world/defaults.ts';
import type { EmulatorOptions } from './world/options.ts';
import { between, seeded, type Random } from './random.ts';
import type { Reaction } from './reaction.ts';
import { json, type Incoming } from './replies.ts';
import { allActions, respond } from './respond.ts';
import { statsOf, type Stats } from './world/stats.ts';
import { inForceOf, type InForce } from './world/mitigation.ts';
import { startTimers, type Timers } from './timers.ts';
import { deliver, read } from './wire.ts';
import { apply, createWorld, type World } from './world/world.ts';

const HOST = '127.0.0.1';

export interface RunningEmulator {
  /** `http://127.0.0.1:port`, no slash at the end. */
  readonly url: string;
  /** Where a token is had by secret or assertion. */
  readonly tokenEndpoint: string;
  stats(): Stats;
  /** Every action, read lag or not, oldest first. */
  actions(): readonly ActionBody[];
  /** What is in force on each machine that had an action, whatever became of requests and records. */
  inForce(): readonly InForce[];
  /** Requests that were read and whose effect or answer has not come yet, and late effects. */
  pending(): number;
  /** Ends connections and pending effects; a late effect that has not come yet never comes. */
  close(): Promise<void>;
}

/** What a running emulator works with. */
interface Edge {
  readonly world: World;
  readonly random: Random;
  readonly timers: Timers;
  now(): number;
}

/**
 * Starts an emulator on loopback.
 * @throws UsageError when the port cannot be had or a fleet record has no id.
 */
export async function startEmulator(options: Partial<EmulatorOptions> = {}): Promise<RunningEmulator> {
  const settings = complete(options);
  const origin = Date.now() + settings.clockOffsetMs;
  const started = performance.now();
  const world = createWorld(settings, origin);
  const edge: Edge = {
    world,
    random: seeded(settings.seed),
    timers: startTimers(),
    now: () => origin + (performance.now() - started) * settings.speed,
  };
  const server = createServer((request, response) => void serve(edge, request, response));
  const url = `http://${HOST}:${await listen(server, settings.port)}`;
  return {
    url,
    tokenEndpoint: `${url}/${settings.tenant}/oauth2/v2.0/token`,
    stats: () => statsOf(world),
    actions: () => allActions(world, edge.now()),
    inForce: () => inForceOf(world, edge.now()),
    pending: () => edge.timers.waiting,
    close: () => close(server, edge.timers),
  };
}

function listen(server: Server, port: number): Promise<number> {
  // Closing an idle connection just as a client reuses it would look like a fault that nobody asked for.
  server.keepAliveTimeout = 600_000;
  server.requestTimeout = 0;
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new UsageError(`the emulator cannot listen on ${HOST}:${port}: ${error.message}`)));
    server.listen(port, HOST, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function close(server: Server, timers: Timers): Promise<void> {
  timers.clear();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The effect happens somewhere within the latency, and once the request is read it happens even if the client is gone. */
async function serve(edge: Edge, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const request = await read(message).catch(() => undefined);
  if (!request) return void message.socket.destroy();
  const latency = between(edge.random, edge.world.options.latencyMs);
  const there = latency * edge.random();
  edge.timers.after(there, () => {
    const reaction = react(edge, request);
    edge.timers.after(latency - there, () => deliver(reaction, response, edge.now()));
  });
}

function react(edge: Edge, request: Incoming): Reaction {
  const { world, random } = edge;
  try {
    const reaction = respond(world, request, edge.now(), random);
    for (const effect of reaction.effects) apply(world, effect);
    const arrival = reaction.effects.find((effect) => effect.kind === 'arrive');
    if (reaction.laterMs !== undefined && arrival) edge.timers.after(reaction.laterMs, () => actLate(edge, request, arrival.caller));
    return reaction;
  } catch (error) {
    return { answer: json(500, { error: { code: 'EmulatorError', message: messageOf(error), target: '' } }), effects: [] };
  }
}

function actLate(edge: Edge, request: Incoming, caller: Caller): void {
  const { world, random } = edge;
  const { effects } = answerLate({ world, request, now: edge.now(), random, caller }, apiPath(request.path) ?? '');
  for (const effect of effects) apply(world, effect);
}
