/** Chance that can be repeated: one seeded generator, and shares that depend on a text alone. */

/** The next number in [0, 1). */
export type Random = () => number;

/** A generator whose numbers depend on the seed alone (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number between the two ends. */
export function between(random: Random, [low, high]: readonly [number, number]): number {
  return low + (high - low) * random();
}

/** A number in [0, 1) that a text always has (FNV-1a, stirred); another salt gives an independent one. */
export function shareOf(text: string, salt: string): number {
  let hash = 0x811c9dc5;
  for (const char of salt + text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return seeded(hash)();
}

/** A guid. The salt keeps emulators with one seed from giving the same ids. */
export function guid(random: Random, salt: number): string {
  const words = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32));
  const hex = words.map((word, index) => ((index === 0 ? word ^ salt : word) >>> 0).toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
