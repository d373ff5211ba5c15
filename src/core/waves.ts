/** A run in waves: a few machines first, and more only while what was sent comes out well. Pure. */
import { isError } from './row-errors.ts';
import type { Limit } from './limit.ts';
import type { RunRow } from './types.ts';

/** Size of a wave as it was asked for: so many calls from the first one on, or a share of all. */
export type WaveSize = Limit;

/** `1,10,10%,100%`. A string is an error message. */
export function wavesFrom(given: readonly string[]): readonly WaveSize[] | string {
  const sizes: WaveSize[] = [];
  for (const text of given) {
    const [, number = '', percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
    const size = percent === '%' ? { percent: Number(number) } : { count: Number(number) };
    if (number === '' || Number(number) === 0 || ('count' in size ? !Number.isInteger(size.count) : size.percent > 100))
      return `a wave is a whole number of machines or a share of them, such as 10 or 10%, not "${text}"`;
    sizes.push(size);
  }
  const last = sizes.at(-1);
  if (!last || !('percent' in last) || last.percent !== 100) return 'the last wave is 100%: what no wave holds would never be called';
  return fallIn(sizes) ?? sizes;
}

/** Sizes count from the first machine on, so each is larger than the one of its kind before. */
function fallIn(sizes: readonly WaveSize[]): string | undefined {
  const kinds = [
    sizes.flatMap((size) => ('count' in size ? size.count : [])),
    sizes.flatMap((size) => ('percent' in size ? size.percent : [])),
  ];
  const isRising = kinds.every((values) => values.every((value, i) => i === 0 || value > (values[i - 1] ?? 0)));
  return isRising ? undefined : 'each wave holds those before it, so its size must be larger: 1,10,10%,100%';
}

export function showWaves(sizes: readonly WaveSize[]): string {
  return sizes.map((size) => ('count' in size ? String(size.count) : `${size.percent}%`)).join(',');
}

/** Where each wave ends, as a place among so many calls: rising, the last one at the end; a wave that adds nothing is none. */
export function waveEnds(sizes: readonly WaveSize[], calls: number): number[] {
  const ends: number[] = [];
  for (const size of sizes) {
    const end = Math.min(calls, 'count' in size ? size.count : Math.ceil((size.percent / 100) * calls));
    if (end > (ends.at(-1) ?? 0)) ends.push(end);
  }
  return ends;
}

/** Which wave the calls up to a place are, of how many, and from which place on they are its own. */
export interface Wave {
  readonly number: number;
  readonly of: number;
  /** The last place of the wave before; 0 for the first one. */
  readonly after: number;
  readonly end: number;
  /** Where the next wave ends; undefined after the last one. */
  readonly next: number | undefined;
}

/** The wave that the calls up to `released` belong to; sizes may have been set anew since it was let go. */
export function waveAt(released: number, sizes: readonly WaveSize[], calls: number): Wave {
  const ends = waveEnds(sizes, calls);
  const before = ends.filter((end) => end < released);
  const later = ends.filter((end) => end > released);
  return { number: before.length + 1, of: before.length + 1 + later.length, after: before.at(-1) ?? 0, end: released, next: later[0] };
}

/** What somebody is told who is asked whether the next wave may go out. */
export interface WaveBriefing {
  readonly runId: string;
  readonly emulated: boolean;
  /** "restrict app execution on" */
  readonly action: string;
  readonly wave: Wave;
  /** Of the wave that was sent, and of all calls so far. */
  readonly result: WaveResult;
  readonly soFar: WaveResult;
  /** Machines of the next wave alone. */
  readonly machines: number;
}

/** "10 called, 8 confirmed, 1 still open, 1 ended badly" */
export function describeWave({ calls, confirmed, open, bad }: WaveResult): string {
  return `${calls} called, ${confirmed} confirmed, ${open} still open, ${bad} went wrong`;
}

/** What has become of the calls of a wave, or of all so far. */
export interface WaveResult {
  readonly calls: number;
  readonly confirmed: number;
  /** Actions that have not ended: offline machines, most of them. They count neither way. */
  readonly open: number;
  /** The action ended Failed or Cancelled, or the call was refused, failed or is unknown. */
  readonly bad: number;
}

const OPEN = new Set(['Pending', 'InProgress']);
/** MDE gave up on a machine that was offline: that says nothing against the others. */
const GAVE_UP = 'TimeOut';

/** `row.actionStatus` is what was last seen of the action; of one that nobody saw it is not known that it ended. */
export function waveResult(rows: readonly RunRow[]): WaveResult {
  const of = (is: (row: RunRow) => boolean): number => rows.filter(is).length;
  return { calls: rows.length, confirmed: of(isConfirmed), open: of(isStillOpen), bad: of(isBad) };
}

/** Whether the wave's end waits for this row. */
export function isStillOpen(row: RunRow): boolean {
  return hasAction(row) && row.actionId !== null && (row.actionStatus === null || OPEN.has(row.actionStatus));
}

function isConfirmed(row: RunRow): boolean {
  return hasAction(row) && row.actionStatus === 'Succeeded';
}

function isBad(row: RunRow): boolean {
  const { outcome, actionStatus, errorCode } = row;
  if (!hasAction(row))
    return outcome === 'blocked' || (isCallOutcome(outcome) && isError({ outcome, ...(errorCode !== null && { errorCode }) }));
  return actionStatus !== null && !OPEN.has(actionStatus) && actionStatus !== 'Succeeded' && actionStatus !== GAVE_UP;
}

function hasAction({ outcome }: RunRow): boolean {
  return outcome === 'created' || outcome === 'already-in-progress';
}

function isCallOutcome(outcome: RunRow['outcome']): outcome is 'refused' | 'failed' | 'unknown' {
  return outcome === 'refused' || outcome === 'failed' || outcome === 'unknown';
}

/** Whether so much may go wrong: a share is of these very calls, however few they are. */
export function isWithin({ calls, bad }: WaveResult, limit: Limit): boolean {
  return 'count' in limit ? bad <= limit.count : bad * 100 <= limit.percent * calls;
}
