/** A time axis that leaves out long stretches in which nothing happened: a resumed run may span days. */

interface Stretch {
  readonly from: number;
  readonly to: number;
  /** Where it lies on the axis, 0 to 1. */
  readonly left: number;
  readonly right: number;
}

export interface Tick {
  /** 0 to 1. */
  readonly at: number;
  readonly label: string;
}

export interface Axis {
  readonly stretches: readonly Stretch[];
  readonly ticks: readonly Tick[];
  /** Where time was left out, 0 to 1, and how much of it, ms. */
  readonly gaps: readonly { readonly at: number; readonly ms: number }[];
}

/** Room that a gap takes, of the whole. */
const GAP = 0.02;
const MOST_GAPS = 12;

/** @param instants in ms since the epoch, in order; `idleMs` is how long nothing may happen before it is left out */
export function axisOf(instants: Float64Array, idleMs: number): Axis {
  const parts = joined(busyParts(instants, idleMs));
  const room = 1 - GAP * (parts.length - 1);
  const total = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  let left = 0;
  const stretches = parts.map(({ from, to }) => {
    const right = left + ((to - from) / total) * room;
    const stretch = { from, to, left, right };
    left = right + GAP;
    return stretch;
  });
  const gaps = stretches.slice(1).map(({ from, left: at }, i) => ({ at: at - GAP / 2, ms: from - (stretches[i]?.to ?? from) }));
  return { stretches, gaps, ticks: stretches.flatMap((stretch) => ticksOf(stretch, stretches)) };
}

interface Part {
  readonly from: number;
  readonly to: number;
}

function busyParts(instants: Float64Array, idleMs: number): Part[] {
  const parts: { from: number; to: number }[] = [];
  for (const at of instants) {
    const last = parts.at(-1);
    if (last && at - last.to <= idleMs) last.to = at;
    else parts.push({ from: at, to: at });
  }
  return parts.map(({ from, to }) => ({ from, to: Math.max(to, from + 1000) }));
}

/** With very many parts, the shortest gaps are kept in the axis after all. */
function joined(parts: readonly Part[]): readonly Part[] {
  if (parts.length === 0) return [{ from: 0, to: 1000 }];
  if (parts.length <= MOST_GAPS + 1) return parts;
  const gaps = parts.slice(1).map(({ from }, i) => from - (parts[i]?.to ?? from));
  const least = gaps.toSorted((a, b) => b - a)[MOST_GAPS - 1] ?? 0;
  const kept: { from: number; to: number }[] = [];
  for (const { from, to } of parts) {
    const last = kept.at(-1);
    if (last && from - last.to < least) last.to = to;
    else kept.push({ from, to });
  }
  return kept;
}

/** Where an instant lies, 0 to 1; one that was left out lies at the end of the stretch before it. */
export function placeOf({ stretches }: Axis, at: number): number {
  const stretch = stretches.findLast(({ from }) => at >= from);
  if (!stretch) return 0;
  const { from, to, left, right } = stretch;
  return left + (Math.min(at, to) - from) * ((right - left) / (to - from));
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];
/** Labels that fit side by side on a wide page. */
const MOST_TICKS = 10;

function ticksOf({ from, to, left, right }: Stretch, all: readonly Stretch[]): Tick[] {
  const room = Math.max(1, Math.floor((right - left) * MOST_TICKS));
  const step = 1000 * (STEPS.find((seconds) => (to - from) / (seconds * 1000) <= room) ?? 2_592_000);
  const isLong = (all.at(-1)?.to ?? to) - (all[0]?.from ?? from) > 20 * 3_600_000;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step)
    ticks.push({ at: left + ((at - from) / (to - from)) * (right - left), label: labelOf(at, step, isLong) });
  return ticks;
}

function labelOf(at: number, step: number, isLong: boolean): string {
  const text = new Date(at).toISOString();
  if (step >= 86_400_000) return text.slice(5, 10);
  const time = text.slice(11, step < 60_000 ? 19 : 16);
  return isLong ? `${text.slice(5, 10)} ${time}` : time;
}
