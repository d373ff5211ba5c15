const SUFFIX = 'abcdefghijklmnopqrstuvwxyz0123456789';

/**
 * A run's id: sortable by time (UTC), short enough to say on the phone. `emulated-` first when nothing real is touched.
 * `random` answers numbers in [0, 1).
 */
export function newRunId(now: number, emulated: boolean, random: () => number): string {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const suffix = Array.from({ length: 4 }, () => SUFFIX[Math.floor(random() * SUFFIX.length)]).join('');
  return `${emulated ? 'emulated-' : ''}r-${stamp}-${suffix}`;
}
