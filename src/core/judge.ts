/** Answer in, verdict out. The only place that decides what an answer means; it knows no clock and sends nothing. */
import { readAction, readApiError, type ApiError } from './answers.ts';
import { carriesTag } from './tag.ts';
import type { Answer, MachineAction, Settlement } from './types.ts';

type Response = Extract<Answer, { kind: 'response' }>;

/** What the attempt was for. */
export interface Question {
  readonly runId: string;
  readonly actionType: string;
  readonly machineId: string;
}

export type Verdict =
  | { readonly kind: 'settled'; readonly settlement: Settlement; /** The comment that came back. */ readonly comment?: string }
  /** "Already in progress": whose action it is must be looked up before anything is said. */
  | { readonly kind: 'look'; readonly httpStatus: number; readonly errorCode: string }
  /** The effect is not known: only a list read can tell. */
  | { readonly kind: 'ambiguous'; readonly why: string; readonly httpStatus?: number }
  /** Surely not sent: may go again at once, free of charge. */
  | { readonly kind: 'not-sent'; readonly why: string }
  | { readonly kind: 'throttled'; readonly waitMs: number; readonly message: string }
  | { readonly kind: 'unauthorized'; readonly message: string }
  | { readonly kind: 'forbidden'; readonly namesRoles: boolean; readonly settlement: Settlement }
  /** Known to be transient (ISS#13047): worth one more attempt, later. */
  | { readonly kind: 'not-found'; readonly settlement: Settlement };

/** What an answer says about one call. `now` is when it arrived (ms), for dates in headers that lack a server's date. */
export function judge(question: Question, answer: Answer, now: number): Verdict {
  if (answer.kind === 'no-connection') return { kind: 'not-sent', why: answer.reason };
  if (answer.kind === 'lost') return { kind: 'ambiguous', why: answer.reason };
  const { status } = answer;
  if (status === 200 || status === 201) return judgeAction(question, answer);
  if (status === 429) return { kind: 'throttled', waitMs: waitOf(answer, now), message: messageIn(answer) };
  if (status === 401) return { kind: 'unauthorized', message: messageIn(answer) };
  if (status === 408 || status < 400 || status >= 500)
    return { kind: 'ambiguous', httpStatus: status, why: `HTTP ${status} says nothing about the effect` };
  const error = readApiError(answer.body);
  if (!error) return { kind: 'ambiguous', httpStatus: status, why: `HTTP ${status} without an API error body` };
  return judgeError(status, error);
}

function judgeAction({ runId, actionType, machineId }: Question, { status, body }: Response): Verdict {
  const action = readAction(body);
  const ambiguous = (why: string): Verdict => ({ kind: 'ambiguous', httpStatus: status, why });
  if (!action) return ambiguous(`HTTP ${status} without a readable action`);
  if (action.requestorComment === null) return ambiguous(`HTTP ${status} whose action has no comment`);
  if (action.type !== null && action.type !== actionType) return ambiguous(`HTTP ${status} with a ${action.type} action`);
  if (action.machineId !== null && action.machineId.toLowerCase() !== machineId)
    return ambiguous(`HTTP ${status} with the action of another machine`);
  const settlement = carriesTag(action.requestorComment, runId) ? createdBy(action) : inProgress(action);
  return { kind: 'settled', settlement: { ...settlement, httpStatus: status }, comment: action.requestorComment };
}

/** The settlement of a call whose action, ours by its tag, was seen in an answer or a list. */
export function createdBy(action: MachineAction): Settlement {
  return { outcome: 'created', ...identity(action) };
}

/** The settlement of a call that found somebody else's open action of the same type. */
export function inProgress(action: MachineAction): Settlement {
  const by = action.requestor ?? 'somebody';
  const since = action.creationDateTimeUtc ? ` since ${action.creationDateTimeUtc}` : '';
  return { outcome: 'already-in-progress', ...identity(action), message: `open action of ${by}${since}` };
}

/** The settlement of a call that an open action of another type stands in the way of. */
export function blockedBy(action: MachineAction): Settlement {
  return {
    outcome: 'blocked',
    ...identity(action),
    message: `a ${action.type ?? 'different'} action of ${action.requestor ?? 'somebody'} is ${action.status ?? 'open'}`,
  };
}

function identity(action: MachineAction): Partial<Settlement> {
  return {
    actionId: action.id,
    ...(action.status !== null && { actionStatus: action.status }),
    ...(action.computerDnsName !== null && { deviceName: action.computerDnsName }),
  };
}

function judgeError(httpStatus: number, { code, message }: ApiError): Verdict {
  if (code === 'ActiveRequestAlreadyExists' || (httpStatus === 400 && /already in progress/i.test(message)))
    return { kind: 'look', httpStatus, errorCode: code };
  const settlement: Settlement = { outcome: 'refused', httpStatus, errorCode: code, message };
  if (httpStatus === 404) return { kind: 'not-found', settlement };
  if (httpStatus === 403) return { kind: 'forbidden', settlement, namesRoles: /\broles?\b|\bscopes?\b/i.test(message) };
  return { kind: 'settled', settlement };
}

function messageIn({ status, body }: Response): string {
  const error = readApiError(body);
  return error ? `${error.code}: ${error.message}` : `HTTP ${status}`;
}

const DEFAULT_WAIT_MS = 60_000;

/**
 * How long a 429 asks to wait, in ms, uncapped: Retry-After in seconds, or as a date against the answer's own Date;
 * else the seconds in the text; else a minute.
 * @see mde-api.md §4, Throttling: nobody has recorded which of these the API sends
 */
export function waitOf(answer: Response, now: number): number {
  return retryAfterMs(answer, now) ?? waitInText(answer.body) ?? DEFAULT_WAIT_MS;
}

function retryAfterMs({ retryAfter, date }: Response, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const until = Date.parse(retryAfter);
  const from = date === undefined ? now : Date.parse(date);
  const wait = until - (Number.isNaN(from) ? now : from);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function waitInText(body: string): number | undefined {
  const seconds = /again in (\d+) seconds?/i.exec(body)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** Whether a settled row counts against `--max-errors`: trouble, and not merely a machine that cannot take the action. */
export function isError({ outcome, errorCode }: Settlement): boolean {
  if (outcome === 'refused') return !ABOUT_ONE_MACHINE.has(errorCode ?? '');
  return outcome === 'failed' || outcome === 'unknown';
}
const ABOUT_ONE_MACHINE = new Set(['ResourceNotFound', 'NotFound', 'OsPlatformNotSupported', 'ClientVersionNotSupported']);
