/** What the behaviour makes of a request. */
import type { Caller } from './world/usage.ts';
import { guid, type Random } from './random.ts';
import { graphProblem, problem, type Incoming, type Reply } from './replies.ts';
import type { Twist } from './world/twists.ts';
import type { Effect, World } from './world/world.ts';

export interface Reaction {
  /** `reset` breaks the connection after the effects; `never` leaves it open without an answer. */
  readonly answer: Reply | 'reset' | 'never';
  readonly effects: readonly Effect[];
  /** The request is carried out once more, without quota, faults or answer, after so many wall ms. */
  readonly laterMs?: number;
}

/** Everything an API's handler decides by. `now` is emulated ms since the epoch. */
export interface Context {
  readonly world: World;
  readonly request: Incoming;
  readonly now: number;
  readonly random: Random;
  readonly caller: Caller;
  /** The variable parts of the path. */
  readonly parts: readonly string[];
  /** What becomes of an action that is made. */
  readonly twist?: Twist;
}

/** The same before it is known who asks. */
export type Stranger = Omit<Context, 'caller' | 'parts' | 'twist'>;

/** An answer that changes nothing. */
export function only(answer: Reply): Reaction {
  return { answer, effects: [] };
}

/** An error of the API, or of Graph, with a correlation id of its own. */
export function refusal(
  { random, world, request, now }: Pick<Stranger, 'random' | 'world' | 'request' | 'now'>,
  status: number,
  code: string,
  message: string,
): Reply {
  const id = guid(random, world.scale.origin);
  return /^\/(v1\.0|beta)\//.test(request.path) ? graphProblem(status, code, message, id, now) : problem(status, code, message, id);
}
