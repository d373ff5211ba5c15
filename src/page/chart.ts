/** A chart as a tree of SVG: readable without script, without colour, at any width, and in print. */
import type { Axis } from './axis.ts';
import { COLUMNS } from './series.ts';
import { count, span } from './text.ts';
import { h, type Element } from './tree.ts';

/** Values of one layer, a value for each column; layers lie upon one another, the first at the bottom. */
export interface Layer {
  /** Class of its colours and pattern. */
  readonly kind: string;
  readonly values: Float64Array;
}

export interface Plot {
  readonly layers: readonly Layer[];
  /** Value at the upper edge. */
  readonly top: number;
  readonly axis: Axis;
  /** What a screen reader says. */
  readonly sentence: string;
  /** A line that is not to be crossed. */
  readonly limit?: { readonly value: number; readonly label: string };
  /** Values with a line across, beside zero. */
  readonly marks: readonly number[];
}

/** Shapes are drawn in a box of 480 x 100 that is stretched; lines and texts are placed in percent, and are not. */
export function plotOf({ layers, top, axis, sentence, limit, marks }: Plot): Element {
  const y = (value: number): string => percent(1 - value / top);
  return h(
    'div',
    { class: 'plot' },
    scaleOf([0, ...marks, ...(limit && marks.length === 0 ? [limit.value] : [])], y),
    h(
      'svg',
      { role: 'img', 'aria-label': sentence, class: 'area' },
      ...marks.map((value) => h('line', { class: 'mark', x1: '0', x2: '100%', y1: y(value), y2: y(value) })),
      h('svg', { viewBox: `0 0 ${COLUMNS} 100`, preserveAspectRatio: 'none', width: '100%', height: '100%' }, ...stacked(layers, top)),
      ...axis.gaps.map(({ at, ms }) => gapOf(at, ms)),
      limit && h('line', { class: 'limit', x1: '0', x2: '100%', y1: y(limit.value), y2: y(limit.value) }),
      limit && h('text', { class: 'limit-text', x: '100%', y: y(limit.value), dx: '-6', dy: '-5', 'text-anchor': 'end' }, limit.label),
    ),
    ticksOf(axis),
  );
}

function scaleOf(values: readonly number[], y: (value: number) => string): Element {
  const texts = values.map((value) =>
    h('text', { class: 'mark-text', x: '100%', y: y(value), dy: '4', 'text-anchor': 'end' }, count(value)),
  );
  return h('svg', { class: 'scale', 'aria-hidden': 'true' }, ...texts);
}

function stacked(layers: readonly Layer[], top: number): Element[] {
  let below: Float64Array = new Float64Array(COLUMNS);
  const drawn: Element[] = [];
  for (const { kind, values } of layers) {
    const floor = below;
    const ceiling = values.map((value, i) => value + (floor[i] ?? 0));
    if (values.some((value) => value > 0)) {
      const d = areaPath(floor, ceiling, top);
      drawn.push(h('path', { class: `fill ${kind}`, d }), h('path', { class: 'pattern', d, fill: `url(#pattern-${kind})` }));
    }
    below = ceiling;
  }
  return drawn;
}

/** Steps along the ceiling and back along the floor. */
function areaPath(floor: Float64Array, ceiling: Float64Array, top: number): string {
  return `M0 ${height(ceiling[0] ?? 0, top)}${steps(ceiling, top)}V${height(floor[COLUMNS - 1] ?? 0, top)}${stepsBack(floor, top)}Z`;
}

function steps(values: Float64Array, top: number): string {
  let path = '';
  let last = values[0] ?? 0;
  for (let i = 1; i < COLUMNS; i += 1) {
    const value = values[i] ?? 0;
    if (value !== last) path += `H${i}V${height(value, top)}`;
    last = value;
  }
  return `${path}H${COLUMNS}`;
}

function stepsBack(values: Float64Array, top: number): string {
  let path = '';
  let last = values[COLUMNS - 1] ?? 0;
  for (let i = COLUMNS - 2; i >= 0; i -= 1) {
    const value = values[i] ?? 0;
    if (value !== last) path += `H${i + 1}V${height(value, top)}`;
    last = value;
  }
  return `${path}H0`;
}

function height(value: number, top: number): number {
  return Math.round(1000 * (1 - value / top)) / 10;
}

function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}

function gapOf(at: number, ms: number): Element {
  return h(
    'g',
    { class: 'gap' },
    h('title', {}, `${span(ms)} without a request are left out`),
    h('line', { x1: percent(at), x2: percent(at), y1: '0', y2: '100%' }),
    h('text', { x: percent(at), y: '12', dx: '5' }, `${span(ms)} left out`),
  );
}

/** Times stand below the plot: over its areas they would lack contrast. On a narrow screen every second one is hidden. */
function ticksOf({ ticks }: Axis): Element {
  const texts = ticks.map(({ at, label }, i) =>
    h('text', { class: i % 2 === 0 ? 'tick' : 'tick odd', x: percent(at), y: '13', 'text-anchor': anchorOf(at) }, label),
  );
  return h('svg', { class: 'ticks', 'aria-hidden': 'true' }, ...texts);
}

function anchorOf(at: number): string {
  if (at < 0.04) return 'start';
  return at > 0.96 ? 'end' : 'middle';
}
