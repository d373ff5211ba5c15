/** The kinds of flags there are: what their texts are read as, and what is said when they cannot be. */
import { formatDuration, parseDuration } from '../core/durations.ts';
import { UsageError } from '../core/errors.ts';

/** `T` is what the flag's text is read as. */
export interface Flag<T> {
  /** As commander wants it: `--rate <n/window>`. */
  readonly usage: string;
  readonly help: string;
  /** May be given several times, or as a comma list. */
  readonly many?: boolean;
  /** Has no environment twin: it must be typed each time. */
  readonly typedOnly?: boolean;
  /** Kept with the run and used again by a resume. */
  readonly kept?: boolean;
  readonly default: T;
  /** What happens when nobody says anything and `default` is nothing, in words: `the OS user`. */
  readonly otherwise?: string;
  /** The only texts there are, for a shell to offer. */
  readonly words?: readonly string[];
  /** A value as one would type it; without this, as JavaScript writes it. */
  show?(value: T): string;
  /** @throws UsageError when the texts cannot be read; there is at least one. */
  read(texts: readonly string[]): T;
}

/** The one that counts where a flag takes one value: the last that was given. */
export const last = (texts: readonly string[]): string => texts.at(-1) ?? '';

export function text(usage: string, help: string, more: Partial<Flag<string | undefined>> = {}): Flag<string | undefined> {
  return { usage, help, default: undefined, read: last, ...more };
}

export function texts(usage: string, help: string): Flag<readonly string[]> {
  return { usage, help, many: true, default: [], read: (given) => given };
}

const TRUE = /^(true|1|yes|on)$/i;
const FALSE = /^(false|0|no|off|)$/i;
export function yesNo(usage: string, help: string, more: Partial<Flag<boolean>> = {}): Flag<boolean> {
  const read = (given: readonly string[]): boolean => {
    if (TRUE.test(last(given))) return true;
    if (FALSE.test(last(given))) return false;
    throw new UsageError(`${nameOf(usage)} is on or off: write true or false, not "${last(given)}"`);
  };
  return { usage, help, default: false, read, ...more };
}

export function duration<T extends number | undefined>(
  usage: string,
  help: string,
  byDefault: T,
  more: Partial<Flag<T | number>> = {},
): Flag<T | number> {
  const read = (given: readonly string[]): number => {
    const ms = parseDuration(last(given));
    if (ms === undefined)
      throw new UsageError(`${nameOf(usage)} is a time: a number and a unit (ms s m h d), such as 30s, not "${last(given)}"`);
    return ms;
  };
  return { usage, help, default: byDefault, read, show: (ms) => (ms === undefined ? '' : formatDuration(ms)), ...more };
}

/** `20ms-80ms`, `20-80ms` or `50ms`: from and to, in ms. */
export function span<T extends Span | undefined>(
  usage: string,
  help: string,
  byDefault: T,
  more: Partial<Flag<T | Span>> = {},
): Flag<T | Span> {
  const read = (given: readonly string[]): Span => {
    const match = /^([\d.]+)([a-z]*)(?:-([\d.]+)([a-z]+))?$/.exec(last(given));
    const [, from = '', fromUnit = '', to = from, toUnit = fromUnit] = match ?? [];
    const [low, high] = [parseDuration(`${from}${fromUnit || toUnit}`), parseDuration(`${to}${toUnit}`)];
    if (low === undefined || high === undefined || low > high)
      throw new UsageError(`${nameOf(usage)} is one time or two, such as 50ms or 20-80ms, not "${last(given)}"`);
    return [low, high];
  };
  return { usage, help, default: byDefault, read, show: (given) => given?.map(formatDuration).join('-') ?? '', ...more };
}
type Span = readonly [number, number];

export function whole<T extends number | undefined>(
  usage: string,
  help: string,
  least: number,
  byDefault: T,
  more: Partial<Flag<T | number>> = {},
): Flag<T | number> {
  const read = (given: readonly string[]): number => {
    const value = Number(last(given));
    if (!/^\d+$/.test(last(given)) || value < least)
      throw new UsageError(`${nameOf(usage)} is a whole number from ${least} up, not "${last(given)}"`);
    return value;
  };
  return { usage, help, default: byDefault, read, ...more };
}

export function oneOf<T extends string, D extends T | undefined>(
  usage: string,
  help: string,
  words: readonly T[],
  byDefault: D,
  more: Partial<Flag<T | D>> = {},
): Flag<T | D> {
  const read = (given: readonly string[]): T => {
    const found = words.find((word) => word === last(given));
    if (found === undefined) throw new UsageError(`${nameOf(usage)} is one of ${words.join(', ')}, not "${last(given)}"`);
    return found;
  };
  return { usage, help: `${help}: ${words.join(', ')}`, words, default: byDefault, read, ...more };
}

function nameOf(usage: string): string {
  return usage.split(' ', 1)[0] ?? usage;
}
