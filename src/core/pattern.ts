/** Comparing names as people mean them: without case, width or invisible characters; `*` and `?` in patterns. Pure. */

const PLAIN = /^[\x20-\x7e]*$/;

/**
 * A text in the form in which it is compared. Two texts that are equal but for case, surrounding blanks, invisible
 * characters or the way their letters are composed have the same form.
 */
export function folded(text: string): string {
  // Nearly every name is plain, and there may be a million.
  if (PLAIN.test(text)) return text.trim().toLowerCase();
  // By upper case: "ß" and "ſ" have no lower case of their own that would bring them together with "ss" and "s"; and "ẞ" comes
  // to "SS" only by way of "ß".
  return text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .trim();
}

/** Whether a text holds a wildcard. */
export function isPattern(text: string): boolean {
  return /[*?]/.test(text);
}

/**
 * Whether a pattern (`*` any characters or none, `?` exactly one) covers the whole text. Both are folded already.
 * Takes at most length times length steps, whatever the pattern: no regular expression that could run wild.
 */
export function covers(pattern: string, text: string): boolean {
  let [p, t, star, resume] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === '*') {
      [star, resume] = [p, t];
      p += 1;
    } else if (p < pattern.length && pattern[p] === '?') {
      p += 1;
      t += widthAt(text, t);
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      // The last star takes one character more.
      resume += 1;
      [p, t] = [star + 1, resume];
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** A character outside the basic plane takes two places. */
function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
