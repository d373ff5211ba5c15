/** The words of an OData filter. Texts stand in double quotes too: public clients send them so. */
import { dateKey } from '../time.ts';

export class ODataError extends Error {
  override name = 'ODataError';
}

/** A `$` option that the API does not know: answered with an empty code. */
export class UnknownOption extends ODataError {
  override name = 'UnknownOption';
}

export type Literal =
  | { readonly kind: 'string' | 'date' | 'guid'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null'; readonly value: null };

export type Token = { readonly kind: 'word' | 'mark'; readonly text: string } | { readonly kind: 'literal'; readonly literal: Literal };

const SCAN = /\s*(?:'((?:[^']|'')*)'|"([^"]*)"|([(),:/])|([^\s'"(),:/]+(?::\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?))/y;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const WORD = /^[a-z_]\w*$/i;

/** @throws ODataError at the first thing that is no word of the language. */
export function tokensOf(text: string): Token[] {
  const scan = new RegExp(SCAN);
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  while (scan.lastIndex < end) {
    const at = scan.lastIndex;
    const match = scan.exec(text);
    if (match === null) throw new ODataError(`Syntax error at position ${at} in '${text}'.`);
    tokens.push(tokenOf(match, text));
  }
  return tokens;
}

function tokenOf([, quoted, doubled, mark, bare = '']: RegExpExecArray, text: string): Token {
  if (doubled !== undefined) return { kind: 'literal', literal: { kind: 'string', value: doubled } };
  if (quoted !== undefined) return { kind: 'literal', literal: { kind: 'string', value: quoted.replaceAll("''", "'") } };
  if (mark !== undefined) return { kind: 'mark', text: mark };
  const literal = literalOf(bare);
  if (literal) return { kind: 'literal', literal };
  if (WORD.test(bare)) return { kind: 'word', text: bare };
  throw new ODataError(`Syntax error: '${bare}' is neither a name nor a literal in '${text}'.`);
}

function literalOf(text: string): Literal | undefined {
  if (text === 'null') return { kind: 'null', value: null };
  if (text === 'true' || text === 'false') return { kind: 'boolean', value: text === 'true' };
  if (GUID.test(text)) return { kind: 'guid', value: text.toLowerCase() };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { kind: 'number', value: Number(text) };
  const date = dateKey(text);
  return date === undefined ? undefined : { kind: 'date', value: date };
}
