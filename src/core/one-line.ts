/** Foreign text on one line, and unable to steer the terminal it is shown on. */
export function shown(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu, ' ').trim();
}
