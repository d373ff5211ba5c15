/**
 * The part of OData's filter language that the API's documents and its clients use:
 * eq ne gt ge lt le, in, and or not, startswith endswith contains, tolower toupper, any over a list of texts.
 * Words of the language and names of properties may be in any case, as in the documents' samples and in what clients send.
 */
import { ODataError, tokensOf, type Literal, type Token } from './tokens.ts';
import {
  nameIn,
  type Cased,
  type Comparison,
  type FieldKind,
  type Fields,
  type Filter,
  type Operand,
  type TextTest,
  type Value,
} from './filter.ts';

const ACCEPTS: Readonly<Record<FieldKind, readonly Literal['kind'][]>> = {
  string: ['string', 'null'],
  texts: ['string', 'null'],
  number: ['number', 'null'],
  boolean: ['boolean', 'null'],
  date: ['date', 'null'],
  guid: ['guid', 'null'],
  key: ['guid', 'string', 'null'],
};
const COMPARISONS: readonly Comparison[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
const TEXT_TESTS: readonly TextTest[] = ['startswith', 'endswith', 'contains'];
const CASES: readonly Cased[] = ['tolower', 'toupper'];

/** @throws ODataError for bad syntax, an unknown field, or a literal that the field cannot be compared with. */
export function parseFilter(text: string, fields: Fields): Filter {
  const parser = new Parser(tokensOf(text), fields);
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #fields: Fields;
  #at = 0;

  constructor(tokens: readonly Token[], fields: Fields) {
    this.#tokens = tokens;
    this.#fields = fields;
  }

  whole(): Filter {
    const filter = this.#or();
    if (this.#at < this.#tokens.length) throw new ODataError(`Syntax error: '${this.#shown()}' was not expected.`);
    return filter;
  }

  #or(): Filter {
    let left = this.#and();
    while (this.#takes('or')) left = { op: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Filter {
    let left = this.#not();
    while (this.#takes('and')) left = { op: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Filter {
    if (this.#takes('not')) return { op: 'not', of: this.#not() };
    if (!this.#takes('(')) return this.#test();
    const inner = this.#or();
    this.#expect(')');
    return inner;
  }

  #test(): Filter {
    const test = TEXT_TESTS.find((known) => this.#calls(known));
    if (test) return this.#textTest(test);
    const operand = this.#operand();
    const { field } = operand;
    if (this.#takes('/')) return this.#any(operand);
    if (this.#takes('in')) return { op: 'in', ...operand, values: new Set(this.#list(field)) };
    const by = this.#comparison();
    return { op: 'compare', ...operand, by, value: this.#value(field) };
  }

  /** A property's name, or `tolower(name)`. */
  #operand(): Operand {
    const cased = CASES.find((known) => this.#calls(known));
    if (!cased) return { field: this.#known(this.#word()) };
    this.#expect('(');
    const { field } = this.#operand();
    this.#expect(')');
    return { field, cased };
  }

  /** Whether a function of this name is called here; the name is taken then. */
  #calls(name: string): boolean {
    const next = this.#tokens[this.#at + 1];
    return next?.kind === 'mark' && next.text === '(' && this.#takes(name);
  }

  #textTest(test: TextTest): Filter {
    this.#expect('(');
    const operand = this.#operand();
    this.#expect(',');
    const value = this.#value(operand.field);
    this.#expect(')');
    if (typeof value !== 'string') throw new ODataError(`The function '${test}' needs a text.`);
    return { op: 'text', ...operand, test, value };
  }

  /** `machineTags/any(tag: tag eq 'x')` */
  #any({ field }: Operand): Filter {
    this.#expect('any');
    this.#expect('(');
    const name = this.#word();
    this.#expect(':');
    this.#expect(name);
    const by = this.#comparison();
    const value = this.#value(field);
    this.#expect(')');
    return { op: 'any', field, by, value };
  }

  #list(field: string): Value[] {
    this.#expect('(');
    const values = [this.#value(field)];
    while (this.#takes(',')) values.push(this.#value(field));
    this.#expect(')');
    return values;
  }

  #comparison(): Comparison {
    const word = this.#word();
    const by = COMPARISONS.find((known) => known === word.toLowerCase());
    if (by === undefined) throw new ODataError(`Syntax error: '${word}' is no comparison.`);
    return by;
  }

  #value(field: string): Value {
    const token = this.#tokens[this.#at++];
    if (token?.kind !== 'literal') throw new ODataError(`Syntax error: a literal was expected after '${field}'.`);
    const kind = this.#fields[field] ?? 'string';
    const { literal } = token;
    if (ACCEPTS[kind].includes(literal.kind)) return literal.value;
    throw new ODataError(`A binary operator with incompatible types was detected: '${field}' cannot be compared with a ${literal.kind}.`);
  }

  #known(field: string): string {
    const known = nameIn(this.#fields, field);
    if (known !== undefined) return known;
    throw new ODataError(`Could not find a property named '${field}' that can be filtered on.`);
  }

  #word(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word') throw new ODataError(`Syntax error: a name was expected at '${this.#shown()}'.`);
    this.#at++;
    return token.text;
  }

  #takes(text: string): boolean {
    const token = this.#tokens[this.#at];
    const taken = token !== undefined && token.kind !== 'literal' && token.text.toLowerCase() === text.toLowerCase();
    if (taken) this.#at++;
    return taken;
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw new ODataError(`Syntax error: '${text}' was expected at '${this.#shown()}'.`);
  }

  #shown(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) return 'the end';
    return token.kind === 'literal' ? String(token.literal.value) : token.text;
  }
}
