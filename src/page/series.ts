/** What the charts draw: the quota in use, and how the calls stood, over time. Pure; exact before it is made coarse. */
import type { QuotaAttempt } from '../core/ports.ts';
import type { Window } from '../core/types.ts';
import { placeOf, type Axis } from './axis.ts';

/** Enough for any screen, few enough for a small file. */
export const COLUMNS = 480;

/** Units of one window in use, for each column of the chart: the most at any instant of it, so no excess is averaged away. */
export interface QuotaSeries {
  readonly own: Float64Array;
  /** Other runs' units at that same instant. */
  readonly others: Float64Array;
  readonly most: number;
}

/** A unit is in use from the attempt's beginning until one window after it counts. */
export function quotaSeries(attempts: readonly QuotaAttempt[], window: Window, axis: Axis): QuotaSeries {
  const [own, others] = [new Float64Array(COLUMNS), new Float64Array(COLUMNS)];
  let [mine, theirs, most, column] = [0, 0, 0, 0];
  for (const { at, change, isOwn } of changesOf(attempts, window)) {
    for (const next = columnOf(axis, at); column < next;) {
      column += 1;
      own[column] = mine;
      others[column] = theirs;
    }
    if (isOwn) mine += change;
    else theirs += change;
    most = Math.max(most, mine + theirs);
    if (mine + theirs < (own[column] ?? 0) + (others[column] ?? 0)) continue;
    own[column] = mine;
    others[column] = theirs;
  }
  return { own, others, most };
}

interface Change {
  readonly at: number;
  readonly change: 1 | -1;
  readonly isOwn: boolean;
}

/** In order; at one instant what ends comes before what begins. */
function changesOf(attempts: readonly QuotaAttempt[], { ms }: Window): Change[] {
  const begins = attempts.map(({ begunAt, own }) => ({ at: begunAt, change: 1, isOwn: own }) as const);
  const ends = attempts.map(
    ({ begunAt, countsFrom, own }) => ({ at: Math.max(begunAt, countsFrom) + ms, change: -1, isOwn: own }) as const,
  );
  return [...ends, ...begins].sort((a, b) => a.at - b.at);
}

function columnOf(axis: Axis, at: number): number {
  return Math.min(COLUMNS - 1, Math.floor(placeOf(axis, at) * COLUMNS));
}

/** One row's way: into `group` at an instant, and maybe on into another one later. */
export interface Step<G extends string> {
  readonly at: number;
  readonly group: G;
  readonly from?: G;
}

/** How many rows each group holds at the end of each column. */
export function resultSeries<G extends string>(steps: readonly Step<G>[], groups: readonly G[], axis: Axis): Map<G, Float64Array> {
  const series = new Map(groups.map((group) => [group, new Float64Array(COLUMNS)]));
  for (const { at, group, from } of steps) {
    const column = columnOf(axis, at);
    addTo(series.get(group), column, 1);
    if (from !== undefined) addTo(series.get(from), column, -1);
  }
  for (const values of series.values()) for (let i = 1; i < COLUMNS; i += 1) values[i] = (values[i] ?? 0) + (values[i - 1] ?? 0);
  return series;
}

function addTo(values: Float64Array | undefined, column: number, change: number): void {
  if (values) values[column] = (values[column] ?? 0) + change;
}
