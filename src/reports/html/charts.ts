/** The charts of a run: how the calls stood over time, and what each window of the quota had in use. */
import type { QuotaAttempt } from '../../core/ports.ts';
import { longestWindow } from '../../core/rate.ts';
import type { Run, RunRow, Window } from '../../core/types.ts';
import { WORDS, type Group, type Result } from '../../core/words.ts';
import { axisOf, type Axis } from '../../page/axis.ts';
import { plotOf } from '../../page/chart.ts';
import { COLUMNS, quotaSeries, resultSeries, type QuotaSeries, type Step } from '../../page/series.ts';
import { count, plural, span, utc } from '../../page/text.ts';
import { h, type Element } from '../../page/tree.ts';
import { swatch } from './patterns.ts';

/** The way of a row that was called: settled, and where its action ended, ended. */
export function stepsOf(row: RunRow, result: Result): Step<Group>[] {
  if (row.settledAt === null) return [];
  const { group } = WORDS[result];
  const endedAt = row.actionEndedAt ?? null;
  const settled = { at: row.settledAt, group } as const;
  if (row.outcome !== 'created' || endedAt === null || group === 'pending') return [settled];
  return [
    { ...settled, group: 'pending' },
    { at: Math.max(endedAt, row.settledAt), group, from: 'pending' },
  ];
}

const LAYERS: readonly { readonly group: Group; readonly label: string }[] = [
  { group: 'confirmed', label: 'confirmed' },
  { group: 'pending', label: 'pending' },
  { group: 'skipped', label: 'already in progress' },
  { group: 'attention', label: 'failed, refused, overtaken or unknown' },
];

/** Accepted, confirmed and failed over time; nothing where nothing was settled. @param calls rows that were to be called */
export function resultChart(steps: readonly Step<Group>[], calls: number): Element | undefined {
  if (steps.length === 0) return undefined;
  const instants = Float64Array.from(steps, ({ at }) => at).sort();
  const axis = axisOf(instants, idleOf(instants));
  const series = resultSeries(
    steps,
    LAYERS.map(({ group }) => group),
    axis,
  );
  const layers = LAYERS.map(({ group, label }) => ({ kind: group, label, values: series.get(group) ?? new Float64Array(COLUMNS) }));
  const used = layers.filter(({ values }) => values.some((value) => value > 0));
  const top = topOf(Math.max(calls, ...used.map(({ values }) => Math.max(...values))));
  const ended = used.map(({ label, values }) => `${count(values.at(-1) ?? 0)} ${label}`).join(', ');
  return figure('result', 'How the calls stood', [
    h(
      'p',
      { class: 'said' },
      `From ${utc(instants[0] ?? 0)} to ${utc(instants.at(-1) ?? 0)} UTC. At the end: ${ended}, of ${plural(calls, 'call')}.`,
    ),
    plotOf({
      layers: used,
      top,
      axis,
      sentence: `How ${plural(calls, 'call')} stood over time. At the end: ${ended}.`,
      marks: marksOf(top),
    }),
    legend(used.map(({ kind, label, values }) => ({ kind, label: `${label}: ${count(values.at(-1) ?? 0)}` }))),
    figures(
      axis,
      used.map(({ label, values }) => ({ label, values })),
    ),
  ]);
}

/** One chart for each window of the quota. */
export function quotaCharts(attempts: readonly QuotaAttempt[], windows: readonly Window[], run: Run): Element[] {
  const own = attempts.filter(({ own }) => own);
  if (own.length === 0) return [];
  const instants = Float64Array.from(own.flatMap(({ begunAt, countsFrom }) => [begunAt, countsFrom])).sort();
  const axis = axisOf(instants, 1.5 * longestWindow(windows));
  return windows.map((window) => quotaChart(quotaSeries(attempts, window, axis), window, axis, run));
}

function quotaChart(series: QuotaSeries, window: Window, axis: Axis, run: Run): Element {
  const { limit, ms } = window;
  const length = span(ms);
  const over = series.most > limit;
  const hasOthers = series.others.some((value) => value > 0);
  const said = `At most ${count(series.most)} of ${count(limit)} requests fell within any ${length}${over ? ': over the quota' : ', never over the quota'}.`;
  const layers = [
    { kind: 'own', label: 'this run', values: series.own },
    { kind: 'others', label: 'other runs', values: series.others },
  ].filter(({ kind }) => kind === 'own' || hasOthers);
  const top = topOf(Math.max(limit, series.most) * 1.12);
  return figure(`quota-${ms}`, `Requests within any ${length}`, [
    h(
      'p',
      { class: 'said' },
      `${said}${hasOthers ? ' Other runs on the same quota are the grey layer.' : ''}${run.emulated ? ' Emulated.' : ''}`,
    ),
    plotOf({ layers, top, axis, sentence: said, limit: { value: limit, label: `quota: ${count(limit)} in any ${length}` }, marks: [] }),
    hasOthers && legend(layers),
    figures(axis, layers),
  ]);
}

function figure(id: string, title: string, parts: readonly (Element | false)[]): Element {
  return h('figure', { class: 'chart', 'aria-labelledby': `chart-${id}` }, h('figcaption', { id: `chart-${id}` }, title), parts);
}

function legend(entries: readonly { readonly kind: string; readonly label: string }[]): Element {
  return h('ul', { class: 'legend' }, ...entries.map(({ kind, label }) => h('li', {}, swatch(kind), label)));
}

const SAMPLES = 12;

/** The same as a table, for those who cannot see the chart and for those who want figures. */
function figures(axis: Axis, layers: readonly { readonly label: string; readonly values: Float64Array }[]): Element {
  const picked = Array.from({ length: SAMPLES }, (_, i) => Math.round(((i + 1) * COLUMNS) / SAMPLES) - 1);
  const cell = (value: number): Element => h('td', { class: 'number' }, count(value));
  return h(
    'details',
    {},
    h('summary', {}, 'Figures'),
    h(
      'table',
      { class: 'figures' },
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'UTC'), ...layers.map(({ label }) => h('th', { scope: 'col' }, label)))),
      h(
        'tbody',
        {},
        ...picked.map((column) =>
          h('tr', {}, h('th', { scope: 'row' }, utc(timeAt(axis, column))), ...layers.map(({ values }) => cell(values[column] ?? 0))),
        ),
      ),
    ),
  );
}

/** The instant at a column's end. */
function timeAt({ stretches }: Axis, column: number): number {
  const at = (column + 1) / COLUMNS;
  const stretch = stretches.findLast(({ left }) => at >= left);
  if (!stretch) return 0;
  const { from, to, left, right } = stretch;
  return from + Math.min(1, (at - left) / (right - left)) * (to - from);
}

/** An idle gap is long beside what the run itself took. */
function idleOf(instants: Float64Array): number {
  const middle = instants[Math.floor(instants.length / 2)] ?? 0;
  return Math.max(3_900_000, 2 * (middle - (instants[0] ?? middle)));
}

/** A round number above, so that marks fall on round ones. */
function topOf(value: number): number {
  return Math.max(4, Math.ceil(value * 1.04));
}

function marksOf(top: number): number[] {
  const step =
    [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10_000, 25_000, 50_000, 100_000].find(
      (size) => top / size <= 4,
    ) ?? 250_000;
  return Array.from({ length: Math.floor((top * 0.98) / step) }, (_, i) => (i + 1) * step);
}
