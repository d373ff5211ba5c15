/** Times as the other side writes them, read the same wherever this runs. Pure. */

const ZONE = /(?:z|[+-]\d{2}:?\d{2})$/i;
/** `Sun, 06 Nov 1994 08:49:37 GMT`: what a server must send (RFC 9110, 5.6.7). */
const HTTP_DATE = /^[a-z]{3}, \d{2} [a-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/i;

/**
 * A time of the API in ms since the epoch, NaN when it is none. The API's times are UTC: one without a zone is not local time,
 * as `Date.parse` has it, or the same answer would mean something else in Tokyo than in New York.
 */
export function instantOf(text: string | null | undefined): number {
  const time = text?.trim() ?? '';
  return Date.parse(time === '' || ZONE.test(time) ? time : `${time}Z`);
}

/** The same, undefined where the text is no time. */
export function knownInstant(text: string | null | undefined): number | undefined {
  const at = instantOf(text);
  return Number.isNaN(at) ? undefined : at;
}

/** The same with what the API writes beyond the millisecond, to a quarter of a microsecond: two actions may end in one. */
export function exactInstant(text: string | null | undefined): number | undefined {
  const at = knownInstant(text);
  const [, ticks = ''] = /\.\d{3}(\d+)/.exec(text ?? '') ?? [];
  return at === undefined ? undefined : at + Number(`0.${ticks}0`);
}

/** A `Date` header in ms since the epoch; NaN for anything else, much of which `Date.parse` makes a date of ("0" is the year 2000). */
export function httpDateOf(text: string | undefined): number {
  return HTTP_DATE.test(text ?? '') ? Date.parse(text ?? '') : Number.NaN;
}
