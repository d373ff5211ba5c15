/**
 * Pieces of a page as plain data: written as text into a file, or built as elements in a browser, which needs no parser
 * of HTML there. Text is text in both, whatever stands in it.
 */

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
export type Tree = string | Element;
/** Tag, attributes, children: JSON as it is. */
export type Element = readonly [tag: string, attributes: Attributes, children: readonly Tree[]];
type Child = Tree | undefined | false | readonly Child[];

/** An element. Children that are undefined or false are left out, lists are opened. */
export function h(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): Element {
  return [tag, attributes, children.flatMap(opened)];
}

function opened(child: Child): Tree[] {
  if (child === undefined || child === false) return [];
  if (typeof child === 'string') return [child];
  return isElement(child) ? [child] : child.flatMap(opened);
}

/** An element begins with its tag and goes on with an object; a list of children never does. */
function isElement(child: Exclude<Child, string | undefined | false>): child is Element {
  return typeof child[0] === 'string' && child.length === 3 && typeof child[1] === 'object' && !Array.isArray(child[1]);
}

const VOID = new Set(['meta', 'link', 'input', 'br', 'wbr', 'col']);
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** The tree as HTML. */
export function toHtml(tree: Tree): string {
  if (typeof tree === 'string') return escaped(tree);
  const [tag, attributes, children] = tree;
  const open = `<${tag}${Object.entries(attributes).map(attributeText).join('')}>`;
  return VOID.has(tag) ? open : `${open}${children.map(toHtml).join('')}</${tag}>`;
}

function attributeText([name, value]: [string, string | number | boolean | undefined]): string {
  if (value === undefined || value === false) return '';
  return value === true ? ` ${name}` : ` ${name}="${escaped(String(value))}"`;
}

/** NUL has no place in HTML, not even escaped. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '').replaceAll('\0', '\uFFFD');
}
