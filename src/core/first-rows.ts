/**
 * Where each machine of a list comes first. A table of row positions with open addressing, because a Map of a million
 * texts needs ten times the memory and twice the time.
 */
export class FirstRows {
  readonly #ids: string[];
  #count = 0;
  /** Positions in `#ids` plus 1; 0 is an empty place. */
  readonly #places: Int32Array;
  readonly #mask: number;

  /** `most`: how many machines may come. */
  constructor(most: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * most)));
    this.#places = new Int32Array(size);
    this.#mask = size - 1;
    this.#ids = Array.from({ length: most }, () => '');
  }

  /** Adds a machine; answers at which addition (from 0) it came before, or undefined when it is new. */
  add(id: string): number | undefined {
    for (let place = hashOf(id) & this.#mask; ; place = (place + 1) & this.#mask) {
      const there = this.#places[place] ?? 0;
      if (there === 0) {
        this.#ids[this.#count] = id;
        this.#places[place] = this.#count += 1;
        return undefined;
      }
      if (this.#ids[there - 1] === id) return there - 1;
    }
  }
}

/** FNV-1a, its high bits folded into the low ones that count. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}
