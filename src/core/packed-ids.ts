/** Machine ids as the twenty bytes that their forty digits stand for: a list of a million is kept in a third of the memory. Pure. */

/** Bytes of an id. */
export const ID_BYTES = 20;
const DIGITS = 2 * ID_BYTES;

/** What each character is worth as a hex digit; -1 where it is none. */
const VALUES = Int8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()));

/** Writes an id at a place, or answers false where the text is none: forty hex digits in either case. */
export function packId(text: string, into: Uint8Array, at: number): boolean {
  if (text.length !== DIGITS) return false;
  for (let digit = 0; digit < DIGITS; digit += 2) {
    const value = ((VALUES[text.charCodeAt(digit)] ?? -1) << 4) | (VALUES[text.charCodeAt(digit + 1)] ?? -1);
    if (value < 0) return false;
    into[at + digit / 2] = value;
  }
  return true;
}

/** The id that stands at a place, in its one form: lower case. */
export function unpackId(from: Buffer, at: number): string {
  return from.toString('hex', at, at + ID_BYTES);
}
