import type { Tree } from '../tree.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** The tree as elements. No text is ever read as markup. */
export function toDom(tree: Tree, inSvg = false): Node {
  if (typeof tree === 'string') return document.createTextNode(tree);
  const [tag, attributes, children] = tree;
  const isSvg = inSvg || tag === 'svg';
  const element = isSvg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  element.append(...children.map((child) => toDom(child, isSvg)));
  return element;
}

/** The element with this id. @throws Error when the page has none: then it is not our page */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`there is no #${id} in this page`);
  return found;
}
