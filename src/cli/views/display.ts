/** What goes to stderr: JSON lines where a machine reads it, plain lines and one line of progress where a person does. */
import { styleText } from 'node:util';
import { pino } from 'pino';
import type { Log } from '../../core/ports.ts';
import { shown } from '../../core/one-line.ts';
import type { Secrets } from '../../core/secrets.ts';

export interface Stderr {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Display {
  readonly log: Log;
  /** A person reads along. */
  readonly terminal: boolean;
  /** Replaces the line of progress; '' removes it. Does nothing where no person reads along. */
  readonly progress: (line: string) => void;
  /** What a person wants to read as a sentence; where no person reads along, a log line like others. */
  readonly say: (line: string) => void;
}

export interface DisplayOptions {
  readonly level: string;
  readonly secrets: Secrets;
  readonly stderr: Stderr;
}

const CLEAR_LINE = '\r\u001B[2K';

export function createDisplay({ level, secrets, stderr }: DisplayOptions): Display {
  const terminal = stderr.isTTY === true;
  const talkative = !['warn', 'error', 'fatal'].includes(level);
  let bar = '';
  const line = (text: string): void => void stderr.write(`${bar && CLEAR_LINE}${secrets.scrub(text)}\n${bar}`);
  const progress = (text: string): void => {
    if (!terminal || !talkative) return;
    const shown = text.slice(0, Math.max(20, (stderr.columns ?? 80) - 1));
    if (shown !== bar) stderr.write(`${bar && CLEAR_LINE}${shown}`);
    bar = shown;
  };
  const write = (text: string): void => (terminal ? line(forPeople(text)) : void stderr.write(secrets.scrub(text)));
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: REDACTED, formatters: { level: (label) => ({ level: label }) } },
    { write },
  );
  const say = (text: string): void => {
    if (!terminal) log.info({}, text);
    else if (talkative) line(text);
  };
  return { terminal, progress, log, say };
}

/** Names under which a secret could find its way into a log by mistake; the scrubber is the second net. */
const REDACTED = [
  'token',
  'accessToken',
  'access_token',
  'authorization',
  'Authorization',
  'clientSecret',
  'client_secret',
  'password',
  'assertion',
].flatMap((name) => [name, `*.${name}`]);

const COLORS = new Map<string, 'yellow' | 'red'>([
  ['warn', 'yellow'],
  ['error', 'red'],
  ['fatal', 'red'],
]);

/** A JSON log line as a person reads it: `12:00:01 warn  message  key=value`. */
function forPeople(json: string): string {
  const { level, time, msg, ...fields } = JSON.parse(json);
  const details = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? shown(value) : JSON.stringify(value)}`,
  );
  const clock = new Date(String(time)).toLocaleTimeString('sv-SE');
  return `${styleText('dim', clock)} ${styleText(COLORS.get(String(level)) ?? 'dim', String(level))} ${shown(String(msg))}${details.length > 0 ? styleText('dim', `  ${details.join(' ')}`) : ''}`;
}
