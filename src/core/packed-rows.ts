/** The rows of a list, kept small. Pure. */
import { ID_BYTES, packId, unpackId } from './packed-ids.ts';
import { PackedInputs, PackedTexts } from './packed-texts.ts';
import type { InputRow, InputRows } from './types.ts';

/** Rows that are kept together. */
const ROWS = 8192;

interface Block {
  readonly ids: Buffer;
  readonly lines: Uint32Array;
  /** Texts that are no ids, device names, other columns: only where some row of the block has one. */
  texts?: PackedTexts;
  names?: PackedTexts;
  inputs?: PackedInputs;
}

/**
 * Rows in order, numbered from 1. A million that are ids alone take 24 MB, not 200: each is made anew when it is asked for. An id is
 * told in its one form, in lower case.
 */
export class PackedRows implements InputRows {
  readonly #blocks: Block[] = [];
  /** The lists, each with the place of its first row. */
  readonly #files: { readonly from: number; readonly file: string }[] = [];
  #length = 0;
  /** Of the row that was added last. */
  #file: string | undefined;
  #last = newBlock();

  /** With the rows of other lists, one after the other. */
  constructor(...lists: readonly Iterable<InputRow>[]) {
    for (const rows of lists) for (const row of rows) this.add(row);
  }

  get length(): number {
    return this.#length;
  }

  add({ text, deviceName, file, line, input }: Omit<InputRow, 'row'>): void {
    const at = this.#length % ROWS;
    const block = at === 0 ? this.#begin() : this.#last;
    if (!packId(text, block.ids, at * ID_BYTES)) (block.texts ??= new PackedTexts()).set(at, text);
    if (deviceName !== '') (block.names ??= new PackedTexts()).set(at, deviceName);
    if (input !== undefined) (block.inputs ??= new PackedInputs(ROWS)).set(at, input);
    block.lines[at] = line;
    if (this.#file !== file) this.#files.push({ from: this.#length, file });
    this.#file = file;
    this.#length += 1;
  }

  #begin(): Block {
    for (const column of [this.#last.texts, this.#last.names, this.#last.inputs]) column?.seal(ROWS);
    this.#last = newBlock();
    this.#blocks.push(this.#last);
    return this.#last;
  }

  at(index: number): InputRow | undefined {
    const list = this.#files.findLast(({ from }) => from <= index);
    const block = this.#blocks[Math.floor(index / ROWS)];
    return list && block && index < this.#length ? rowOf(block, index, list.file) : undefined;
  }

  *[Symbol.iterator](): Generator<InputRow> {
    for (const [n, { from, file }] of this.#files.entries()) {
      const to = this.#files[n + 1]?.from ?? this.#length;
      for (let index = from; index < to; index += 1) {
        const block = this.#blocks[Math.floor(index / ROWS)];
        if (block) yield rowOf(block, index, file);
      }
    }
  }
}

function rowOf({ ids, lines, texts, names, inputs }: Block, index: number, file: string): InputRow {
  const at = index % ROWS;
  const input = inputs?.at(at);
  const row = {
    row: index + 1,
    text: texts?.at(at) ?? unpackId(ids, at * ID_BYTES),
    deviceName: names?.at(at) ?? '',
    file,
    line: lines[at] ?? 0,
  };
  return input === undefined ? row : { ...row, input };
}

function newBlock(): Block {
  return { ids: Buffer.allocUnsafe(ROWS * ID_BYTES), lines: new Uint32Array(ROWS) };
}
