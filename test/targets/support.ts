/** Lists as bytes, read the way the program reads them. */
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { InputRow } from '../../src/core/types.ts';
import { readTargets, type ReadOptions } from '../../src/targets/index.ts';

/** Reads bytes or text by standard input, where only the content tells the format. */
export async function readContent(content: string | Buffer, options?: ReadOptions): Promise<InputRow[]> {
  return [...(await readTargets([{ kind: 'stdin', stream: streamOf(content) }], options))];
}

/** Reads the content as a file of that name. */
export async function readNamed(name: string, content: string | Buffer, options?: ReadOptions): Promise<InputRow[]> {
  return inFile(name, content, async (path) => [...(await readTargets([{ kind: 'file', path }], options))]);
}

export async function inFile<T>(name: string, content: string | Buffer, use: (path: string) => Promise<T>): Promise<T> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cordon-targets-'));
  const path = join(folder.path, name);
  await writeFile(path, content);
  return await use(path);
}

/** Small pieces, so that characters, line ends and quotes are cut apart. */
export function streamOf(content: string | Buffer, size = 7): Readable {
  const bytes = Buffer.from(content);
  const count = Math.ceil(bytes.length / size);
  return Readable.from(Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size)));
}

/** What rows hold, without file and number. */
export function cells(rows: Iterable<InputRow>): [string, string, number][] {
  return Array.from(rows, ({ text, deviceName, line }) => [text, deviceName, line]);
}

export function texts(rows: Iterable<InputRow>): string[] {
  return Array.from(rows, ({ text }) => text);
}

/** A machine id that ends in the number. */
export function idOf(number: number): string {
  return number.toString(16).padStart(40, 'c0ffee');
}
