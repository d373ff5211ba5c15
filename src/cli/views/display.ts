/** What goes to stderr: JSON lines where a machine reads it, plain lines and one line of progress where a person does. */
import { pino } from 'pino';
import type { Log } from '../../core/ports.ts';
import type { Secrets } from '../../core/secrets.ts';
import { failureText, inColor, logLineText, type Failure } from './log-text.ts';

export type { Failure } from './log-text.ts';

export interface Stderr {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** `--log-format`; auto: text on a terminal, JSON lines elsewhere. */
export type LogFormat = 'auto' | 'json' | 'text';

export interface Display {
  readonly log: Log;
  /** The same, whatever the level: for the lines that always come. */
  readonly always: Log;
  /** A person reads along. */
  readonly terminal: boolean;
  /** Width of the terminal, characters. */
  readonly columns: () => number;
  /** Replaces the line of progress; '' removes it. Does nothing where no person reads along. */
  readonly progress: (line: string) => void;
  /** What a person wants to read as a sentence; where no person reads along, a log line like others. */
  readonly say: (line: string) => void;
  /** The same for what they should not miss: in colour, and said when told to be quiet too. */
  readonly warn: (line: string) => void;
  /** The error that a command ended with. */
  readonly fail: (failure: Failure) => void;
  /** Fields of every JSON line from here on: run and job. */
  readonly about: (fields: object) => void;
}

export interface DisplayOptions {
  readonly level: string;
  readonly format?: LogFormat;
  readonly secrets: Secrets;
  readonly stderr: Stderr;
}

const CLEAR_LINE = '\r\u001B[2K';
const DEFAULT_COLUMNS = 80;

export function createDisplay({ level, format = 'auto', secrets, stderr }: DisplayOptions): Display {
  const isTerminal = stderr.isTTY === true;
  const forPeople = format === 'auto' ? isTerminal : format === 'text';
  const talkative = !['warn', 'error', 'fatal'].includes(level);
  const columns = (): number => stderr.columns || DEFAULT_COLUMNS;
  let bar = '';
  let about: object = {};
  const line = (text: string): void => void stderr.write(`${bar && CLEAR_LINE}${secrets.scrub(text)}\n${bar}`);
  const progress = (text: string): void => {
    if (!forPeople || !isTerminal || !talkative) return;
    // The last column stays free: some terminals begin a new line when it is written.
    const next = text.slice(0, Math.max(1, columns() - 1));
    if (next !== bar) stderr.write(`${bar && CLEAR_LINE}${next}`);
    bar = next;
  };
  const write = (text: string): void => (forPeople ? line(logLineText(text, isTerminal)) : void stderr.write(secrets.scrub(text)));
  const log = logOf(level, write, () => about);
  const say = (text: string): void => {
    if (!forPeople) log.info({}, text);
    else if (talkative) line(text);
  };
  const warn = (text: string): void => {
    if (!forPeople) log.warn({}, text);
    else if (level !== 'error' && level !== 'fatal') line(inColor('yellow', text, isTerminal));
  };
  const always = logOf('info', write, () => about);
  const fail = (failure: Failure): void => {
    const { exitCode, error, hint, stack } = failure;
    if (!forPeople) always.error({ event: 'error', exitCode, error, ...(hint && { hint }), ...(stack && { stack }) }, error);
    else line(failureText(failure, isTerminal));
  };
  return { terminal: forPeople && isTerminal, columns, progress, log, always, say, warn, fail, about: (fields) => void (about = fields) };
}

/** A line without an event of its own is a note. */
function logOf(level: string, write: (text: string) => void, about: () => object): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: REDACTED,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => ({ event: 'note', ...about() }),
    },
    { write },
  );
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
