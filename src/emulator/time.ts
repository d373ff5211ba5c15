/** Emulated time and the form the API gives to dates: .NET ticks, seven fractional digits, trailing zeros dropped. */

/** The emulated clock starts at `origin` (ms since the epoch, the wall's time) and runs `speed` times faster than the wall. */
export interface Scale {
  readonly origin: number;
  readonly speed: number;
}

/** The wall's time (ms since the epoch) at an emulated instant: what clients, who live on the wall clock, are told. */
export function wallAt({ origin, speed }: Scale, now: number): number {
  return origin + (now - origin) / speed;
}

/** An instant with all seven digits, so that texts sort as instants do. One tick is 100 ns. */
export function dateText(ms: number, extraTicks = 0): string {
  const whole = Math.floor(ms);
  const ticks = Math.floor((ms - whole) * 10_000) + extraTicks;
  const iso = new Date(whole + Math.floor(ticks / 10_000)).toISOString();
  return `${iso.slice(0, -1)}${String(((ticks % 10_000) + 10_000) % 10_000).padStart(4, '0')}Z`;
}

/** The date as the API prints it. */
export function withoutTrailingZeros(text: string): string {
  return text.replace(/\.?0*Z$/, 'Z');
}

const DATE = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,7})\d*)?)?)?(Z|[+-]\d{2}:\d{2})?$/;

/** Any date literal of a filter (`2018-08-01Z`, seconds and fraction optional) in the form of `dateText`; undefined when it is none. */
export function dateKey(text: string): string | undefined {
  const [, day, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = DATE.exec(text) ?? [];
  const ms = Date.parse(`${day}T${minutes}:${seconds}${zone}`);
  if (Number.isNaN(ms)) return undefined;
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction.padEnd(7, '0')}Z`;
}

/** A span as .NET prints it in the API's 429 texts: `00:01:00`. */
export function spanText(ms: number): string {
  const parts = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60];
  const clock = parts.map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
  return ms % 1000 === 0 ? clock : `${clock}.${String(Math.round(ms % 1000)).padStart(3, '0')}0000`;
}
