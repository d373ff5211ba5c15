/** Texts of many rows, kept small: together one string a column, not one for each row. Pure. */
import type { Input } from './types.ts';

/** Texts by place, some absent. They are added in the order of their places; once sealed, none is added any more. */
export class PackedTexts {
  #each: (string | undefined)[] | undefined = [];
  #whole = '';
  /** Where the text of each place ends within the whole; empty until it is sealed. */
  #ends = new Uint32Array();
  readonly #absent = new Set<number>();

  set(place: number, text: string): void {
    if (this.#each) this.#each[place] = text;
  }

  /** `places`: how many there are. */
  seal(places: number): void {
    const each = this.#each ?? [];
    this.#ends = new Uint32Array(places);
    let end = 0;
    for (let place = 0; place < places; place += 1) {
      const text = each[place];
      if (text === undefined) this.#absent.add(place);
      end += text?.length ?? 0;
      this.#ends[place] = end;
    }
    this.#whole = each.join('');
    this.#each = undefined;
  }

  at(place: number): string | undefined {
    if (this.#each) return this.#each[place];
    if (this.#absent.has(place)) return undefined;
    return this.#whole.slice(place === 0 ? 0 : this.#ends[place - 1], this.#ends[place]);
  }
}

/** The lists' other columns, by place; a column that a row does not have is no column of that row. */
export class PackedInputs {
  readonly #columns = new Map<string, PackedTexts>();
  readonly #present: Uint8Array;

  constructor(places: number) {
    this.#present = new Uint8Array(places);
  }

  set(place: number, input: Input): void {
    this.#present[place] = 1;
    for (const name of Object.keys(input)) {
      const column = this.#columns.get(name) ?? this.#begin(name);
      column.set(place, input[name] ?? '');
    }
  }

  seal(places: number): void {
    for (const column of this.#columns.values()) column.seal(places);
  }

  at(place: number): Input | undefined {
    if (this.#present[place] !== 1) return undefined;
    const input: Record<string, string> = {};
    for (const [name, column] of this.#columns) {
      const text = column.at(place);
      if (text !== undefined) put(input, name, text);
    }
    return input;
  }

  #begin(name: string): PackedTexts {
    const column = new PackedTexts();
    this.#columns.set(name, column);
    return column;
  }
}

/** Puts a text under its name. A list may have a column called `__proto__`, which is a name like any other. */
export function put(texts: Record<string, string>, name: string, value: string): void {
  if (name === '__proto__') Object.defineProperty(texts, name, { value, enumerable: true, configurable: true, writable: true });
  else texts[name] = value;
}
