/** Answer in, verdict out. The only place that decides what an answer means; it knows no clock and sends nothing. */
import { describeError, readAction, readApiError, type ApiError } from './answers.ts';
import { httpDateOf, instantOf } from './instant.ts';
import type { AttemptVerdict } from './ports.ts';
import { carriesAnotherTag, carriesTag } from './tag.ts';
import type { Answer, MachineAction, Settlement } from './types.ts';

type Response = Extract<Answer, { kind: 'response' }>;

/** What the attempt was for. */
export interface Question {
  readonly runId: string;
  readonly actionType: string;
  readonly machineId: string;
  /** The attempt surely did not begin before this instant of the server's clock (ms since the epoch). */
  readonly begunAfter: number;
  /** What an action of the same type is about, where that is something else than was asked for (see `Job.differs`). */
  readonly differs?: Differs | undefined;
}

export type Differs = (action: MachineAction) => string | undefined;

/** Answers that cost the caller nothing and say nothing about the call: the lane deals with them. */
export type Free =
  | { readonly kind: 'throttled'; readonly waitMs: number; readonly message: string }
  | { readonly kind: 'unauthorized'; readonly message: string }
  /** Surely not sent: may go again at once, free of charge. */
  | { readonly kind: 'not-sent'; readonly why: string };

/**
 * What every other answer comes to. `record` is what the state keeps of the attempt, `settlement` what it settles the row
 * with in the same step, `trouble` why the API seems unwell.
 */
export interface Recorded {
  readonly kind: string;
  readonly record: AttemptVerdict;
  readonly settlement?: Settlement;
  readonly trouble?: string;
}

export type Verdict =
  | {
      readonly kind: 'settled';
      readonly record: 'settled';
      readonly settlement: Settlement;
      /** Of a 2xx: the action that came back. */
      readonly action?: MachineAction;
    }
  /** Accepted, and perhaps our action, but without our tag. */
  | { readonly kind: 'untagged'; readonly record: 'accepted'; readonly settlement: Settlement; readonly action: MachineAction }
  /** "Already in progress": whose action it is must be looked up before anything is said. */
  | { readonly kind: 'look'; readonly record: 'look'; readonly httpStatus: number; readonly errorCode: string }
  /** The effect is not known: only a list read can tell. */
  | { readonly kind: 'ambiguous'; readonly record: 'ambiguous'; readonly trouble: string; readonly httpStatus?: number }
  /** Forbidden: this machine, or everything. `isPermission`: the text names a permission that is missing. */
  | { readonly kind: 'forbidden'; readonly record: 'turned-away'; readonly isPermission: boolean; readonly refusal: Settlement }
  /** Known to be transient (ISS#13047): worth one more attempt, later. */
  | { readonly kind: 'not-found'; readonly record: 'again'; readonly refusal: Settlement };

/** What an answer says about one call. `now` is when it arrived (ms), for dates in headers that lack a server's date. */
export function judge(question: Question, answer: Answer, now: number): Verdict | Free {
  if (answer.kind === 'no-connection') return { kind: 'not-sent', why: answer.reason };
  if (answer.kind === 'lost') return ambiguous(answer.reason);
  const { status } = answer;
  if (status >= 200 && status < 300) return judgeAction(question, answer);
  if (status === 429) return { kind: 'throttled', waitMs: waitOf(answer, now), message: messageIn(answer) };
  if (status === 401) return { kind: 'unauthorized', message: messageIn(answer) };
  if (status === 408 || status < 400 || status >= 500) return ambiguous(`HTTP ${status} says nothing about the effect`, status);
  const error = readApiError(answer.body);
  if (!error) return ambiguous(`HTTP ${status} without an API error body`, status);
  return judgeError(status, error);
}

function ambiguous(trouble: string, httpStatus?: number): Verdict {
  return { kind: 'ambiguous', record: 'ambiguous', trouble, ...(httpStatus !== undefined && { httpStatus }) };
}

function judgeAction(question: Question, { status, body }: Response): Verdict {
  const action = readAction(body);
  if (!action) return ambiguous(`HTTP ${status} without a readable action`, status);
  if (action.requestorComment === null) return ambiguous(`HTTP ${status} whose action has no comment`, status);
  if (carriesTag(action.requestorComment, question.runId))
    return { kind: 'settled', record: 'settled', settlement: { ...createdBy(action, question), httpStatus: status }, action };
  const isSomebodys = isBefore(action, question.begunAfter) || carriesAnotherTag(action.requestorComment, question.runId);
  if (!isSomebodys) return { kind: 'untagged', record: 'accepted', settlement: { ...untagged(action), httpStatus: status }, action };
  const settlement = { ...openBeside(action, question), httpStatus: status };
  return { kind: 'settled', record: 'settled', settlement, action };
}

/** Clocks of one service may differ by so much. */
const SKEW_MS = 2000;

/** An action whose time cannot be read is not taken for an old one. */
function isBefore({ creationDateTimeUtc }: MachineAction, instant: number): boolean {
  return instantOf(creationDateTimeUtc) < instant - SKEW_MS;
}

/** The settlement of a call whose action, ours by its tag, was seen in an answer or a list: merged records differ in the machine. */
export function createdBy(action: MachineAction, asked: Pick<Question, 'machineId' | 'actionType'>): Settlement {
  const differences = [
    isAnother(action.machineId, asked.machineId) ? `the machine ${action.machineId}` : '',
    isAnother(action.type, asked.actionType) ? `the type ${action.type}` : '',
  ].filter((part) => part !== '');
  return {
    outcome: 'created',
    ...identity(action),
    ...(differences.length > 0 && { message: `the API's record of our action names ${differences.join(' and ')}` }),
  };
}

function isAnother(said: string | null, asked: string): boolean {
  return said !== null && said.toLowerCase() !== asked.toLowerCase();
}

function untagged(action: MachineAction): Settlement {
  const message = `accepted without our tag: the action of ${action.requestor ?? 'somebody'} that came back is perhaps ours`;
  return { outcome: 'unknown', ...identity(action), message };
}

/** The settlement of a call that found somebody else's open action: the same that was asked for, or one in the way. */
export function openBeside(action: MachineAction, asked: Pick<Question, 'actionType' | 'differs'>): Settlement {
  const isOfType = action.type === null || action.type === asked.actionType;
  const other = isOfType ? asked.differs?.(action) : undefined;
  return isOfType && other === undefined ? inProgress(action) : blockedBy(action, other);
}

/** The settlement of a call that found somebody else's open action of the same type. */
function inProgress(action: MachineAction): Settlement {
  const by = action.requestor ?? 'somebody';
  const since = action.creationDateTimeUtc ? ` since ${action.creationDateTimeUtc}` : '';
  return { outcome: 'already-in-progress', ...identity(action), message: `open action of ${by}${since}` };
}

/** The settlement of a call that an open action of another type, or about something else, stands in the way of. */
export function blockedBy(action: MachineAction, other?: string): Settlement {
  return {
    outcome: 'blocked',
    ...identity(action),
    message: `a ${action.type ?? 'different'} action of ${action.requestor ?? 'somebody'} is ${action.status ?? 'open'}${other === undefined ? '' : `, about something else: ${other}`}`,
  };
}

function identity(action: MachineAction): Partial<Settlement> {
  return {
    actionId: action.id,
    ...(action.status !== null && { actionStatus: action.status }),
    ...(action.computerDnsName !== null && { deviceName: action.computerDnsName }),
  };
}

function judgeError(httpStatus: number, error: ApiError): Verdict {
  const { code, message } = error;
  if (code === 'ActiveRequestAlreadyExists' || (httpStatus === 400 && /already in progress/i.test(message)))
    return { kind: 'look', record: 'look', httpStatus, errorCode: code };
  const refusal: Settlement = { outcome: 'refused', httpStatus, errorCode: code, message };
  if (httpStatus === 404) return { kind: 'not-found', record: 'again', refusal };
  if (httpStatus === 403) return { kind: 'forbidden', record: 'turned-away', isPermission: isPermissionMissing(error), refusal };
  return { kind: 'settled', record: 'settled', settlement: refusal };
}

/** A 403 about one machine's device group: its automation level does not allow the action. @see M365#6054 */
export const ABOUT_A_GROUP = 'DisallowedOperation';

/**
 * Texts on record: "Missing application roles. API required roles: …", "The application does not have any of the required
 * application permissions (…) to access the resource.", "Missing scopes …". @see M365#6052, #6053, #6055, #6062
 */
function isPermissionMissing({ code, message }: ApiError): boolean {
  if (code === 'DisabledFeature') return true;
  return (
    code !== ABOUT_A_GROUP && /\b(roles?|scopes?|permissions?)\b/i.test(message) && /missing|require|does(n't| not) have/i.test(message)
  );
}

function messageIn({ status, body }: Response): string {
  const error = readApiError(body);
  return error ? describeError(error) : `HTTP ${status}`;
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
  const until = httpDateOf(retryAfter.trim());
  const from = httpDateOf(date);
  const wait = until - (Number.isNaN(from) ? now : from);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function waitInText(body: string): number | undefined {
  const seconds = /again in (\d+) seconds?/i.exec(body)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
