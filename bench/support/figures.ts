/** Figures, and what is promised of them. */

/** The middle one; NaN of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Tells whether a promise was kept; one that was not makes the process end with 1. */
export function promise(what: string, value: number, most: number): void {
  const isKept = value <= most;
  console.log(`${isKept ? 'kept' : 'BROKEN'}: ${what}: ${round(value)} (at most ${round(most)})`);
  if (!isKept) process.exitCode = 1;
}

/** Up to three decimals. */
function round(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

/** `--short`: under a minute all in all, for every change. */
export const isShort = process.argv.includes('--short');
