/** Patterns that tell the layers of a chart apart without their colours. */
import { h, type Element } from '../../page/tree.ts';

const LINES: Readonly<Record<string, string>> = {
  pending: 'M-2 2L2 -2M0 8L8 0M6 10L10 6',
  attention: 'M0 0L8 8M8 0L0 8',
  others: 'M0 4H8',
  skipped: 'M4 3.2A.8 .8 0 1 0 4 4.8A.8 .8 0 1 0 4 3.2',
};

/** To stand once in the page, unseen; `fill="url(#pattern-NAME)"` uses them. A layer without lines is plain. */
export function patterns(): Element {
  const found = Object.entries(LINES).map(([name, d]) =>
    h('pattern', { id: `pattern-${name}`, width: 8, height: 8, patternUnits: 'userSpaceOnUse' }, h('path', { class: `ink ${name}`, d })),
  );
  return h('svg', { class: 'patterns', 'aria-hidden': 'true', width: 0, height: 0 }, h('defs', {}, ...found));
}

/** A small sample of a layer, for a legend. */
export function swatch(kind: string): Element {
  const box = { x: 0.5, y: 0.5, width: 15, height: 11, rx: 2 };
  return h(
    'svg',
    { class: 'swatch', width: 16, height: 12, 'aria-hidden': 'true' },
    h('rect', { ...box, class: `fill ${kind}` }),
    kind in LINES && h('rect', { ...box, fill: `url(#pattern-${kind})` }),
  );
}
