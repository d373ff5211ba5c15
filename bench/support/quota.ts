/** What a quota allows at best, and a network that is mostly quick. */
import type { Window } from '../../src/core/types.ts';
import type { WindowKind } from '../../src/emulator/world/counters.ts';
import type { Random } from '../../src/emulator/random.ts';

/** The least time from the first to the last of so many calls, ms: a burst as soon as each window is empty again. */
export function optimumOf(calls: number, windows: readonly Window[]): number {
  const starts: number[] = [];
  for (let n = 0; n < calls; n += 1) starts.push(Math.max(0, ...windows.map(({ limit, ms }) => (starts[n - limit] ?? -Infinity) + ms)));
  return starts.at(-1) ?? 0;
}

/** There and back, ms: 20 to 150 together, and a share of them up to 2 s. */
export function latencyOf(random: Random, late = 0.02): [number, number] {
  const ms = random() < late ? 150 + random() * 1850 : 20 + random() * 130;
  const share = random();
  return [ms * share, ms * (1 - share)];
}

/** The ways in which a server may count. */
export const KINDS = ['sliding', 'fixed', 'bucket', 'weighted'] as const satisfies readonly WindowKind[];
