/** Foreign text that stays text in Markdown, whoever renders it. */

const LONGEST = 200;
const UNSEEN = /[\p{Cf}\u2028\u2029]/gu;

/**
 * Everything but letters, digits, spaces and a few harmless marks as a numeric entity: backslashes fail inside code, and
 * code fails at backticks. Names and numbers of issues (`@`, `#`) are kept from being linked.
 */
export function markdownText(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const plain = cut
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(UNSEEN, (character) => `U+${hex(character)}`);
  const safe = /www\./i.test(plain) ? /[^\p{L}\p{N} ,-]/gu : /(?!: )[^\p{L}\p{N} .,-]/gu;
  return plain.replaceAll(safe, (character) => `&#${character.codePointAt(0)};${character === '@' || character === '#' ? '\u200B' : ''}`);
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
