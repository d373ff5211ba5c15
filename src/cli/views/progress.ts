/** How far a run is, as one line. */
import { formatDuration } from '../../core/durations.ts';
import { clockTime } from '../../core/eta.ts';
import type { RunProgress } from '../../core/events.ts';
import { standingsText } from '../../core/following.ts';
import { describeCounts } from '../../core/summary.ts';

const BAR_WIDTH = 24;

/** Bar, counts, rate, quota, what it waits for, ETA. */
export function renderBar(progress: RunProgress, emulated: boolean): string {
  const { done, calls, outcomes, parked, windows, waitMs, recent, lastSentAt, now, standings } = progress;
  const filled = calls === 0 ? BAR_WIDTH : Math.floor((done / calls) * BAR_WIDTH);
  const parts = [
    `${emulated ? 'EMULATED ' : ''}${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${done}/${calls}`,
    describeCounts(outcomes),
    standings ? standingsText(standings) : '',
    `${recent}/min`,
    windows.map(({ used, limit, ms }) => `${used}/${limit} per ${formatDuration(ms)}`).join(' '),
    parked > 0 ? `${parked} being looked up` : '',
    waitMs > 1000 ? `next in ${formatDuration(waitMs)}` : '',
    done < calls && lastSentAt !== null ? `ETA ${clockTime(lastSentAt, now)}` : '',
  ];
  return parts.filter((part) => part !== '' && part !== 'no rows').join('  ');
}
