/** What a diagnosis finds, as data. */
import { readApiError } from '../../core/answers.ts';
import type { Asked } from '../../engine/attempts/ask.ts';

export interface Check {
  /** `settings`, `sign-in`, `reach`, `clock`, `permission restrict`, `reads`, `state`, `quota restrict`. */
  readonly name: string;
  readonly level: 'ok' | 'warn' | 'fail';
  /** What was seen, in one line. */
  readonly what: string;
  /** What to do about it. */
  readonly next?: string;
  /** The same for machines. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An answer in few words: "403 Forbidden: Missing application roles", "no connection: ECONNREFUSED". */
export function wordsOf({ answer }: Asked): string {
  if (answer.kind === 'no-connection') return `no connection: ${answer.reason}`;
  if (answer.kind === 'lost') return `no answer: ${answer.reason}`;
  const error = readApiError(answer.body);
  return error ? `${answer.status} ${error.code}: ${error.message}` : `HTTP ${answer.status}`;
}

/** The status of an answer; 0 where there was none. */
export function statusOf({ answer }: Asked): number {
  return answer.kind === 'response' ? answer.status : 0;
}

/** The API's code of an error; '' where there is none. */
export function codeOf({ answer }: Asked): string {
  return answer.kind === 'response' ? (readApiError(answer.body)?.code ?? '') : '';
}
