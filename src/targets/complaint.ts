/** How a list's errors read: one line that begins with the place. */
import { UsageError } from '../core/errors.ts';

/** An error about one line of a list. */
export function complaint(file: string, line: number, message: string, hint?: string): UsageError {
  return new UsageError(`${file}:${line}: ${message}`, hint === undefined ? {} : { hint });
}

/** Foreign text made fit for one line of a message: quoted, escaped and cut. */
export function excerpt(text: string): string {
  return JSON.stringify(shortened(text, 60));
}

/** The text, or its beginning and an ellipsis: `length` characters at most. */
export function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
