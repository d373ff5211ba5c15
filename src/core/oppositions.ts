/** What reports and endings say of rows on which others had, or may yet have, the last word: counts, words, exit codes. Pure. */
import { EXIT, type ExitCode } from './exit.ts';
import { OPPOSITIONS, type Opposed, type Opposition, type RunRow } from './types.ts';

export type OppositionCounts = Readonly<Partial<Record<Opposition, number>>>;

/** How many rows each has, zeros left out. */
export function countOpposed(rows: Iterable<Pick<RunRow, 'opposed'>>): OppositionCounts {
  const counts: Partial<Record<Opposition, number>> = {};
  for (const { opposed } of rows) if (opposed) counts[opposed.kind] = (counts[opposed.kind] ?? 0) + 1;
  return counts;
}

/** As reports have it: the kind first, for programs. */
export function describeOpposed({ kind, words }: Opposed): string {
  return `${kind}: ${words}`;
}

/** "2 overtaken, 1 contested"; '' where there are none. */
export function oppositionText(counts: OppositionCounts): string {
  return OPPOSITIONS.flatMap((kind) => (counts[kind] ? [`${counts[kind]} ${kind}`] : [])).join(', ');
}

/**
 * What is to be said at the end of a run or of following it, with the exit code that it takes: overtaken is not what was asked
 * for, contested is not over. A later decision is somebody's own, and what could not be read is a note: neither changes the code.
 */
export function oppositionReasons({ opposed, unread }: { readonly opposed: OppositionCounts; readonly unread: string | null }): Reason[] {
  const { overtaken = 0, contested = 0 } = opposed;
  return [
    ...(overtaken > 0 ? [{ code: EXIT.outcomes, why: `${overtaken} overtaken: an opposite action had the last word` }] : []),
    ...(contested > 0 ? [{ code: EXIT.open, why: `${contested} contested: an opposite action is still open` }] : []),
    ...(unread === null ? [] : [{ code: EXIT.ok, why: `whether opposite actions had the last word could not be read: ${unread}` }]),
  ];
}

interface Reason {
  readonly code: ExitCode;
  readonly why: string;
}
