/** What a list format is. Each lives in a file of its own; `formats.ts` is the list of them. */
import type { Input } from '../core/types.ts';
import type { WantedColumns } from './columns.ts';

/** A record, line or element of a CSV, text or NDJSON list may have this many characters. */
export const MAX_RECORD = 1024 * 1024;

/** A list as text: line ends are `\n`, no byte order mark. */
export interface ListText {
  /** Its path, or what stands for it, for messages. */
  readonly file: string;
  /** The beginning, long enough to tell the format. */
  readonly head: string;
  /** All of it, the head too, in pieces. */
  readonly chunks: AsyncIterable<string>;
}

/**
 * Takes one row: the cell that names the machine (not trimmed yet), the device's name, the line where it starts, and what
 * the list's other columns hold, where it has others.
 */
export type AddRow = (cell: string, deviceName: string, line: number, input?: Input) => void;

export interface ListFormat {
  readonly name: string;
  /** In lower case, with the dot. They decide only between formats that fit. */
  readonly extensions: readonly string[];
  /** Whether a list with this beginning can be of this format. */
  fits(head: string, wanted: WantedColumns): boolean;
  /** @throws UsageError naming file and line when the list cannot be read to its end. */
  read(list: ListText, wanted: WantedColumns, add: AddRow): Promise<void>;
}
