/** One question to a service that changes nothing there, asked again until there is an answer that says something. */
import { readApiError } from '../../core/answers.ts';
import { AuthError, UsageError, UserError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit.ts';
import { waitOf, type Free, type Recorded } from '../../core/judge.ts';
import type { Api, Bearer } from '../../core/ports.ts';
import type { Answer } from '../../core/types.ts';
import type { Halt } from '../attempts/halt.ts';
import type { Lane } from '../attempts/lane.ts';
import { wait } from '../attempts/wait.ts';

export interface Inquiry<T> {
  readonly lane: Lane;
  readonly halt: Halt;
  /** What is read, for messages: "incident 7". */
  readonly what: string;
  /** Roles of which one is needed, and the API that has them, for the hint. */
  readonly permission: string;
  readonly send: (bearer: Bearer, signal: AbortSignal) => ReturnType<Api['get']>;
  /** Undefined: the body is not what was asked for, which is worth another try. */
  readonly parse: (body: string) => T | undefined;
  /** How often it is asked where there is no usable answer; default 6. */
  readonly tries?: number;
}

type Said<T> = Recorded &
  (
    | { readonly kind: 'read'; readonly value: T }
    | { readonly kind: 'not-found' | 'forbidden' | 'refused' | 'failed'; readonly why: string }
  );

/** A body that is too long, or never what was asked for, will not become so by asking for ever. */
const TRIES = 6;
const FIRST_PAUSE_MS = 500;

/**
 * The answer; undefined when the service says that there is no such thing.
 * @throws AuthError (exit 8) without permission
 * @throws UsageError (exit 2) when the service says that the question is wrong
 * @throws UserError (exit 5) when there is no usable answer
 * @throws StoppedError when the reads stop first
 */
export async function ask<T>(question: Inquiry<T>): Promise<T | undefined> {
  const { what, permission, halt, tries = TRIES } = question;
  let why = '';
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) await wait(FIRST_PAUSE_MS * 2 ** (attempt - 1), halt.signal);
    const said = await once(question);
    if (said.kind === 'read') return said.value;
    if (said.kind === 'not-found') return undefined;
    if (said.kind === 'forbidden')
      throw new AuthError(`no permission to read ${what}: ${said.why}`, { hint: `Grant ${permission}, with admin consent.` });
    if (said.kind === 'refused') throw new UsageError(`${what} cannot be read: ${said.why}`, { hint: NOTHING_SENT });
    ({ why } = said);
  }
  throw new UserError(`${what} could not be read: ${why}`, { exitCode: EXIT.outage, hint: NOTHING_SENT });
}
const NOTHING_SENT = 'Nothing was sent.';

async function once<T>({ lane, send, parse }: Inquiry<T>): Promise<Said<T>> {
  const { value } = await lane.attempt<Said<T>>({
    runId: null,
    row: null,
    send,
    judge: (answer, { wall }) => judged(answer, wall.ended, parse),
  });
  return value;
}

function judged<T>(answer: Answer, at: number, parse: Inquiry<T>['parse']): Said<T> | Free {
  if (answer.kind === 'no-connection') return { kind: 'not-sent', why: answer.reason };
  if (answer.kind === 'lost') return unusable(answer.reason);
  const { status, body } = answer;
  const error = readApiError(body);
  const message = error ? `${error.code}: ${error.message}` : `HTTP ${status}`;
  if (status === 429) return { kind: 'throttled', waitMs: waitOf(answer, at), message };
  if (status === 401) return { kind: 'unauthorized', message };
  if (status === 403) return { kind: 'forbidden', why: message, record: 'read' };
  if (status === 404 && error) return { kind: 'not-found', why: message, record: 'read' };
  if (status >= 400 && status < 500 && status !== 408 && error) return { kind: 'refused', why: message, record: 'read' };
  const value = status === 200 ? parse(body) : undefined;
  return value === undefined
    ? unusable(status === 200 ? 'an answer that cannot be read' : message)
    : { kind: 'read', value, record: 'read' };
}

function unusable<T>(why: string): Said<T> {
  return { kind: 'failed', why, record: 'read', trouble: why };
}
