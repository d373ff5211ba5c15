const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A hundred years: instants further away than some such time have no date. */
const LONGEST_MS = 36_525 * 86_400_000;

/** `30s`, `1.5m`, `24h` in milliseconds; undefined when it is none, or longer than a hundred years. A unit is required. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const unit = UNITS[match?.[2] ?? ''];
  const ms = match?.[1] !== undefined && unit !== undefined ? Math.round(Number(match[1]) * unit) : undefined;
  return ms !== undefined && ms <= LONGEST_MS ? ms : undefined;
}

/** Milliseconds for people: `850ms`, `12s`, `3m 20s`, `1h 14m`, `2d 3h`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s}s`;
  if (s < 3600) return join(Math.floor(s / 60), 'm', s % 60, 's');
  if (s < 86_400) return join(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'm');
  return join(Math.floor(s / 86_400), 'd', Math.floor((s % 86_400) / 3600), 'h');
}

function join(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit} ${small}${smallUnit}`;
}
