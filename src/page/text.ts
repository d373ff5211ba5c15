/** Numbers, times and foreign text as a page shows them. Pure; the same in Node and in a browser. */

/** "10,000" */
export function count(n: number): string {
  return String(n).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** "1 row", "2 rows" */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** Milliseconds since the epoch as "2026-11-23 10:15:30", UTC; '' for null. */
export function utc(at: number | null): string {
  return at === null ? '' : new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

/** The time of day, and the date before it when that is another day than `day`, which is written as in `utc`. */
export function clock(at: number | null, day: string): string {
  const text = utc(at);
  return text.startsWith(day) ? text.slice(day.length).trim() : text;
}

/** "1 h 14 min", "3 min 20 s", "450 ms": the two largest units. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([n]) => n > 0);
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(' ');
}

/** What no reader sees, or what turns the text around it: shown by its number. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029\u{E0000}-\u{E0FFF}]/gu;
const LONGEST = 300;

/** Foreign text, its invisible characters made visible, cut where it is longer than anybody reads. */
export function visible(text: string, longest = LONGEST): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}… (${count(text.length)} characters)` : text;
  return cut.replaceAll(UNSEEN, (character) => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}
