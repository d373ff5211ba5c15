/** Log lines and errors as people read them. */
import { styleText } from 'node:util';
import type { ExitCode } from '../../core/exit.ts';
import { shown } from '../../core/one-line.ts';

/** What a command ended with instead of an answer. */
export interface Failure {
  readonly exitCode: ExitCode;
  /** What went wrong, and where. */
  readonly error: string;
  /** What to do next. */
  readonly hint?: string | undefined;
  /** Of a bug. */
  readonly stack?: string | undefined;
}

type Color = 'yellow' | 'red' | 'dim';

/** Not with NO_COLOR, and not where no terminal shows it. */
export function inColor(color: Color, text: string, isTerminal: boolean): string {
  return isTerminal && mayColor(process.env) ? styleText(color, text, { validateStream: false }) : text;
}

/** @see https://no-color.org: any value that is not empty */
function mayColor({ NO_COLOR, NODE_DISABLE_COLORS, TERM }: NodeJS.ProcessEnv): boolean {
  return !NO_COLOR && !NODE_DISABLE_COLORS && TERM !== 'dumb';
}

const COLORS: ReadonlyMap<string, Color> = new Map([
  ['warn', 'yellow'],
  ['error', 'red'],
  ['fatal', 'red'],
]);

/** Fields that are for machines. */
const UNSEEN: ReadonlySet<string> = new Set(['event', 'run', 'job']);

/** A JSON log line as a person reads it: `12:00:01 warn  message  key=value`. */
export function logLineText(json: string, isTerminal: boolean): string {
  const { level, time, msg, ...fields } = JSON.parse(json);
  const details = Object.entries(fields)
    .filter(([key]) => !UNSEEN.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? shown(value) : JSON.stringify(value)}`);
  const clock = inColor('dim', new Date(String(time)).toLocaleTimeString('sv-SE'), isTerminal);
  const name = inColor(COLORS.get(String(level)) ?? 'dim', String(level), isTerminal);
  const more = details.length > 0 ? inColor('dim', `  ${details.join(' ')}`, isTerminal) : '';
  return `${clock} ${name} ${shown(String(msg))}${more}`;
}

/** What, where and what next; a bug shows its stack. */
export function failureText({ error, hint, stack }: Failure, isTerminal: boolean): string {
  return [inColor('red', `cordon: ${shown(error)}`, isTerminal), ...(hint ? [`  ${hint}`] : []), ...(stack ? [stack] : [])].join('\n');
}
