/** A JSON document walked element by element: each knows its line, and only one is parsed at a time. */
import { messageOf, type UsageError } from '../core/errors.ts';
import { complaint } from './complaint.ts';
import { newlines } from './decode.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const WHITE = new Set([0x20, 0x0a, 0x0d, 0x09]);
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Whether a list begins like a JSON document; a GUID in braces does not. */
export function looksLikeJson(head: string): boolean {
  return /^\s*(\[|\{\s*("|\}|$))/.test(head);
}

/** Whether a line is a whole JSON object or string, and not an answer that holds a list. */
export function isRecord(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return typeof value === 'string';
    return !Array.isArray(value) && !Object.entries(value).some(([key, held]) => isListKey(key) && Array.isArray(held));
  } catch {
    return false;
  }
}

/** `value` in the API's answers, `Results` in the portal's hunting, `results` in Graph's. */
export function isListKey(key: string): boolean {
  return ['value', 'results'].includes(key.toLowerCase());
}

/** A value parsed from `text`, which starts on `line`. @throws UsageError when it is no JSON. */
export function parsed(file: string, text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw complaint(file, line, `not JSON: ${messageOf(error).split(/,? (?:at position|in JSON|")/, 1)[0]}`);
  }
}

export class JsonText {
  readonly file: string;
  readonly #text: string;
  #at = 0;
  /** The place up to which `line` has been counted. */
  #counted = 0;
  #line = 1;

  constructor(file: string, text: string) {
    this.file = file;
    this.#text = text;
  }

  /** The line of the place reached. */
  get line(): number {
    this.#line += newlines(this.#text, this.#counted, this.#at);
    this.#counted = this.#at;
    return this.#line;
  }

  /** Goes to the next character that is not white space and tells it; '' at the end. */
  peek(): string {
    while (WHITE.has(this.#text.charCodeAt(this.#at))) this.#at += 1;
    return this.#text.charAt(this.#at);
  }

  /** Goes past one character. @throws UsageError when another stands there. */
  expect(character: string): void {
    if (this.peek() !== character) throw this.broken(`"${character}" is missing`);
    this.#at += 1;
  }

  /** Goes past an array or an object, calling `item` at each of its elements or members. */
  items(open: string, close: string, item: () => void): void {
    this.expect(open);
    if (this.peek() !== close) item();
    while (this.peek() === ',') {
      this.#at += 1;
      item();
    }
    this.expect(close);
  }

  /** Goes past one value and parses it. @throws UsageError when it is no JSON, or longer than `longest` characters. */
  value(longest = Infinity): unknown {
    this.peek();
    const { line } = this;
    const start = this.#at;
    this.#at = this.#endOfValue(start);
    if (this.#at - start > longest) throw complaint(this.file, line, `an element of more than ${longest} characters: is this a list?`);
    return parsed(this.file, this.#text.slice(start, this.#at), line);
  }

  broken(reason: string): UsageError {
    return this.peek() === '' ? this.#cutOff() : complaint(this.file, this.line, `broken JSON: ${reason}`);
  }

  #endOfValue(start: number): number {
    const code = this.#text.charCodeAt(start);
    if (code === QUOTE) return this.#endOfString(start);
    if (OPENING.has(code)) return this.#endOfNested(start);
    let at = start;
    while (/[\w.+-]/.test(this.#text.charAt(at))) at += 1;
    if (at === start) throw this.broken('a value is missing');
    return at;
  }

  #endOfNested(start: number): number {
    let depth = 0;
    for (let at = start; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) at = this.#endOfString(at) - 1;
      else if (OPENING.has(code)) depth += 1;
      else if (CLOSING.has(code)) depth -= 1;
      if (depth === 0) return at + 1;
    }
    throw this.#cutOff();
  }

  #endOfString(start: number): number {
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) return at + 1;
      if (code === BACKSLASH) at += 1;
    }
    throw this.#cutOff();
  }

  #cutOff(): UsageError {
    return complaint(this.file, this.line, 'the JSON document ends in the middle: is the file cut off?');
  }
}
