/** Where each machine of a list comes first. Pure. */
import { ID_BYTES, packId } from './packed-ids.ts';

const FEWEST = 1024;
/** Room for more is made when they come. */
const MOST_EXPECTED = 2 ** 21;

/**
 * A map from machine id to place. It keeps hashes, and asks for the id at a place where two are the same: a million take
 * 16 MB, where a `Map` of texts takes 120 and three times as long.
 */
export class FirstPlaces {
  readonly #packed = new Uint8Array(ID_BYTES);
  readonly #words = new Uint32Array(this.#packed.buffer);
  readonly #idAt: (place: number) => string | undefined;
  /** Of each slot the hash of an id and its place, from 1; 0 where it is free. At most half of them are taken. */
  #slots: Int32Array<ArrayBuffer>;
  #count = 0;
  /** What has not the form of an id. */
  readonly #others = new Map<string, number>();

  /** `idAt`: the id that was noted for a place. `expected`: how many may come. */
  constructor(idAt: (place: number) => string | undefined, expected = 0) {
    this.#idAt = idAt;
    this.#slots = new Int32Array(4 * 2 ** Math.ceil(Math.log2(Math.min(Math.max(expected, FEWEST), MOST_EXPECTED))));
  }

  /** The place that was noted for this id, in its one form; undefined when it is new: then this one is noted. Places are counted from 0. */
  note(id: string, place: number): number | undefined {
    if (!packId(id, this.#packed, 0)) return this.#noteOther(id, place);
    if (4 * this.#count >= this.#slots.length) this.#grow();
    const hash = hashOf(this.#words);
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (hash << 1) & mask;
    for (let taken = slots[slot + 1] ?? 0; taken > 0; taken = slots[slot + 1] ?? 0) {
      if (slots[slot] === hash && this.#idAt(taken - 1) === id) return taken - 1;
      slot = (slot + 2) & mask;
    }
    slots[slot] = hash;
    slots[slot + 1] = place + 1;
    this.#count += 1;
    return undefined;
  }

  #noteOther(id: string, place: number): number | undefined {
    const found = this.#others.get(id);
    if (found === undefined) this.#others.set(id, place);
    return found;
  }

  #grow(): void {
    const before = this.#slots;
    const after = new Int32Array(2 * before.length);
    const mask = after.length - 1;
    for (let at = 0; at < before.length; at += 2) {
      if (before[at + 1] === 0) continue;
      let slot = ((before[at] ?? 0) << 1) & mask;
      while (after[slot + 1] !== 0) slot = (slot + 2) & mask;
      after.set(before.subarray(at, at + 2), slot);
    }
    this.#slots = after;
  }
}

/** Ids may be hashes, or counted up by somebody: every bit of one has to move the lowest ones of this (MurmurHash3's way). */
function hashOf(words: Uint32Array): number {
  let hash = 0;
  for (let word = 0; word < words.length; word += 1) {
    hash ^= Math.imul(words[word] ?? 0, 0x85ebca6b);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0x6b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
