/** Cancels single actions by their ids. A second cancel does nothing more, so a lost answer is no riddle: it is asked again. */
import { describeError, readAction, readApiError } from '../../core/answers.ts';
import { waitOf, type Free, type Recorded } from '../../core/judge.ts';
import type { Api } from '../../core/ports.ts';
import type { Answer, Settlement } from '../../core/types.ts';
import type { Lane } from '../attempts/lane.ts';
import { wait } from '../attempts/wait.ts';

/** One of the run's own actions; `row` is its row in the run that records the cancelling. */
export interface ToCancel {
  readonly row: number;
  readonly machineId: string;
  readonly deviceName: string;
  readonly actionId: string;
}

export interface CancelDeps {
  readonly api: Api;
  readonly lane: Lane;
  /** The run that records it; its lock is held. */
  readonly runId: string;
  readonly comment: string;
  /** Times an action is asked about again after an answer that says nothing. */
  readonly retries: number;
}

type Said = Recorded & { readonly kind: 'cancelled' | 'refused' | 'nothing'; readonly settlement: Settlement };

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * What the API made of it: `created` (it took the wish, with the action's status), `refused` (it said no: most often
 * because the action has ended), `unknown`.
 * @see mde-actions.md §3
 * @throws StoppedError when the run stops first; AuthError, StateError as a lane does
 */
export async function cancelAction({ api, lane, runId, comment, retries }: CancelDeps, { row, actionId }: ToCancel): Promise<Settlement> {
  for (let tries = 0, pauseMs = FIRST_PAUSE_MS; ; tries += 1, pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
    const { value } = await lane.attempt<Said>({
      runId,
      row,
      send: (bearer, signal) => api.post(bearer, `machineactions/${actionId}/cancel`, { Comment: comment }, signal),
      judge: (answer, { wall }) => judged(answer, wall.ended),
    });
    if (value.kind !== 'nothing' || tries >= retries) return value.settlement;
    await wait(pauseMs, lane.signal);
  }
}

function judged(answer: Answer, at: number): Said | Free {
  if (answer.kind === 'no-connection') return { kind: 'not-sent', why: answer.reason };
  if (answer.kind === 'lost') return nothing(answer.reason);
  const { status, body } = answer;
  const error = readApiError(body);
  const message = error ? describeError(error) : `HTTP ${status}`;
  if (status === 429) return { kind: 'throttled', waitMs: waitOf(answer, at), message };
  if (status === 401) return { kind: 'unauthorized', message };
  if (status >= 200 && status < 300) return cancelled(body, status);
  if (status < 400 || status >= 500 || status === 408 || !error) return nothing(message);
  const settlement = { outcome: 'refused', httpStatus: status, errorCode: error.code, message } as const;
  return { kind: 'refused', record: 'settled', settlement };
}

function cancelled(body: string, httpStatus: number): Said {
  const action = readAction(body);
  const known = action && { actionId: action.id, ...(action.status !== null && { actionStatus: action.status }) };
  return { kind: 'cancelled', record: 'settled', settlement: { outcome: 'created', httpStatus, ...known } };
}

/** Nothing is settled yet: it may be asked again. */
function nothing(why: string): Said {
  return { kind: 'nothing', record: 'again', trouble: why, settlement: { outcome: 'unknown', message: why } };
}
