import { closest, distance } from 'fastest-levenshtein';

/** The known word that takes the fewest letters changed, added or left out; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const found = known.length > 0 ? closest(word, known) : undefined;
  return found !== undefined && distance(word, found) <= Math.max(2, word.length / 3) ? found : undefined;
}
