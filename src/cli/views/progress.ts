/** How far a run is, as one line that fits. */
import { formatDuration } from '../../core/durations.ts';
import { clockTime } from '../../core/eta.ts';
import type { RunProgress } from '../../core/events.ts';
import { standingsText } from '../../core/following.ts';
import { countsText } from './counts.ts';

/** It is as wide as fits, in few sizes: else it would jump with every digit beside it. */
const BAR_WIDTHS = [24, 12, 6];
const GAP = '  ';

/**
 * How far, what it waits for and until when are always there; then, as far as they fit and in this order: what is on its
 * way, what is looked up, a bar, what it came to, how fast it was in the last minute, what the quota has used.
 */
export function renderBar(progress: RunProgress, emulated: boolean, columns: number): string {
  const head = [`${emulated ? 'EMULATED ' : ''}${progress.done}/${progress.calls}`];
  const room = (parts: readonly string[]): number => columns - 1 - parts.join(GAP).length;
  const must = [...head, ...present([waitText(progress, 'long'), etaText(progress)])];
  if (room(must) < 0) return [...head, ...present([waitText(progress, 'short'), etaText(progress)])].join(' ');
  const some: string[] = [];
  const add = (part: string): void => {
    if (part !== '' && room([...must, ...some, part]) >= 0) some.push(part);
  };
  for (const part of [underWayText(progress), parkedText(progress)]) add(part);
  const width = BAR_WIDTHS.find((wide) => wide + GAP.length <= room([...must, ...some]));
  if (width !== undefined) must.unshift(barText(progress, width));
  for (const part of [standingsPart(progress), countsText(progress.outcomes), rateText(progress), quotaText(progress)]) add(part);
  return [...must, ...some].join(GAP);
}

function present(parts: readonly string[]): string[] {
  return parts.filter((part) => part !== '');
}

function waitText({ isOut, waitMs, done, calls }: RunProgress, form: 'long' | 'short'): string {
  if (done >= calls) return '';
  const wait = waitMs > 1000 ? formatDuration(waitMs) : '';
  if (isOut) return form === 'long' ? `OUTAGE: no answers${wait && `, next try in ${wait}`}` : `OUTAGE ${wait}`.trim();
  if (wait === '') return '';
  return form === 'long' ? `next in ${wait}` : `wait ${wait}`;
}

/** When the last call that was not sent yet goes out; nobody knows in an outage. */
function etaText({ done, calls, lastSentAt, isOut, now }: RunProgress): string {
  return done < calls && lastSentAt !== null && !isOut ? `ETA ${clockTime(lastSentAt, now)}` : '';
}

function underWayText({ underWay }: RunProgress): string {
  return underWay > 0 ? `${underWay} on their way` : '';
}

function parkedText({ parked }: RunProgress): string {
  return parked > 0 ? `${parked} being looked up` : '';
}

/** With `--wait`: how the accepted actions stand. */
function standingsPart({ standings }: RunProgress): string {
  return standings ? standingsText(standings) : '';
}

function rateText({ recent }: RunProgress): string {
  return recent > 0 ? `${recent} in the last minute` : '';
}

function quotaText({ windows }: RunProgress): string {
  return windows.map(({ used, limit, ms }) => `${used}/${limit} per ${formatDuration(ms)}`).join(' ');
}

function barText({ done, calls }: RunProgress, width: number): string {
  const filled = calls === 0 ? width : Math.floor((done / calls) * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
}
