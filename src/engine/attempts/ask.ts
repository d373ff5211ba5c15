/** One request whose answer is looked at as it is: what a diagnosis asks. It passes a lane, so it counts like any other. */
import type { Recorded } from '../../core/judge.ts';
import type { Api, Bearer, Clock } from '../../core/ports.ts';
import type { Answer } from '../../core/types.ts';
import type { Lane } from './lane.ts';

export interface Asked {
  readonly answer: Answer;
  /** When the answer was there, ms since the epoch, and how long it took, ms. */
  readonly at: number;
  readonly ms: number;
}

/** Asks one API of the tenant; every answer is a value, a 429 and a 401 too. */
export interface Ask {
  /** @throws StoppedError, AuthError, StateError as a lane does */
  get(path: string): Promise<Asked>;
  post(path: string, body: object): Promise<Asked>;
}

/** Asks through this lane. */
export function askThrough(lane: Lane, api: Api, clock: Clock): Ask {
  const ask = async (send: (bearer: Bearer, signal: AbortSignal) => Promise<Answer>): Promise<Asked> => {
    let ms = 0;
    const { value } = await lane.attempt<Seen>({
      runId: null,
      row: null,
      send: async (bearer, signal) => {
        const began = clock.mono();
        const answer = await send(bearer, signal);
        ms = clock.mono() - began;
        return answer;
      },
      judge: (answer, { wall }) => seen({ answer, at: wall.ended, ms }),
    });
    return value.asked;
  };
  return {
    get: (path) => ask((bearer, signal) => api.get(bearer, path, signal)),
    post: (path, body) => ask((bearer, signal) => api.post(bearer, path, body, signal)),
  };
}

interface Seen extends Recorded {
  readonly asked: Asked;
}

/** What never was sent takes nothing from the quota. */
function seen(asked: Asked): Seen {
  return { kind: 'seen', asked, record: asked.answer.kind === 'no-connection' ? 'not-sent' : 'read' };
}
