/** One request whose answer is looked at as it is: what a diagnosis asks. It passes a lane, so it counts like any other. */
import type { Api, Clock } from '../../core/ports.ts';
import type { Answer } from '../../core/types.ts';
import type { Judged, Lane } from './lane.ts';

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
  const ask = (send: (...args: Parameters<Parameters<Lane['attempt']>[0]['send']>) => Promise<Answer>): Promise<Asked> => {
    let ms = 0;
    return lane.attempt<Asked>({
      runId: null,
      row: null,
      send: async (bearer, signal) => {
        const began = clock.mono();
        const answer = await send(bearer, signal);
        ms = clock.mono() - began;
        return answer;
      },
      judge: (answer, at) => asValue({ answer, at, ms }),
    });
  };
  return {
    get: (path) => ask((bearer, signal) => api.get(bearer, path, signal)),
    post: (path, body) => ask((bearer, signal) => api.post(bearer, path, body, signal)),
  };
}

/** What never was sent takes nothing from the quota. */
function asValue(asked: Asked): Judged<Asked> {
  const verdict = asked.answer.kind === 'no-connection' ? 'not-sent' : 'read';
  return { kind: 'value', value: asked, usable: true, end: { verdict } };
}
