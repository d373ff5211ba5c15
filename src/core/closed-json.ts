/** JSON that was cut off, made whole again as far as it goes: what stands before the cut can then be read. */

/** Where the text could be cut so that only closing brackets are missing. */
interface Safe {
  at: number;
  depth: number;
}

/**
 * A JSON text whose end is missing, with its open string and brackets closed; a member that had only begun is left out.
 * Text that is no beginning of JSON comes back as something that is none either.
 */
export function closedJson(text: string): string {
  const { closers, safe, openString } = scan(text);
  if (openString) return `${withoutHalfEscape(text)}"${closersOf(closers)}`;
  return text.slice(0, safe.at) + closersOf(closers.slice(0, safe.depth));
}

interface Scan {
  /** What would close the containers that are open at the end, outermost first. */
  readonly closers: readonly string[];
  readonly safe: Safe;
  /** The text ends inside a string that is a value. */
  readonly openString: boolean;
}

function scan(text: string): Scan {
  const closers: string[] = [];
  const safe: Safe = { at: 0, depth: 0 };
  let isKey = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      if (end < 0) return { closers, safe, openString: !isKey };
      at = end;
      if (!isKey) mark(at + 1);
    } else if (char === '{' || char === '[') {
      closers.push(char === '{' ? '}' : ']');
      isKey = char === '{';
      mark(at + 1);
    } else if (char === '}' || char === ']') {
      closers.pop();
      mark(at + 1);
    } else if (char === ',') {
      // A number or a word ends here at the latest.
      mark(at);
      isKey = closers.at(-1) === '}';
    } else if (char === ':') isKey = false;
  }
  return { closers, safe, openString: false };

  function mark(at: number): void {
    safe.at = at;
    safe.depth = closers.length;
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return -1;
}

function withoutHalfEscape(text: string): string {
  const escape = /(?<!\\)(?:\\\\)*(\\(?:u[0-9a-fA-F]{0,3})?)$/.exec(text.slice(-2000));
  return escape ? text.slice(0, text.length - (escape[1]?.length ?? 0)) : text;
}

function closersOf(closers: readonly string[]): string {
  return closers.toReversed().join('');
}
