/** What is shown of the fleet: what was submitted, what is scheduled, what a worker does. */
import { isoTime } from '../../reports/time.ts';
import { shown } from '../../core/one-line.ts';
import type { Schedule } from '../../fleet/schedules.ts';
import type { Scheduled, Submitted } from '../../run/submit.ts';
import { campaignJson, campaignText } from './campaign.ts';
import { table } from './table.ts';

export function submittedText({ runs, at, campaign }: Submitted): string {
  const when = at === undefined ? '' : `, not before ${isoTime(at)}`;
  if (campaign) return `${campaignText(campaign)}Submitted: ${runs.length} runs${when}. See:  cordon runs\n`;
  return runs.map(({ id, job }) => `Submitted: run ${id} (${job})${when}. See:  cordon runs\n`).join('');
}

export function submittedJson({ runs, at, campaign }: Submitted): object {
  return {
    submitted: runs.map(({ id, tenant, job }) => ({ run: id, tenant, job })),
    at: isoOf(at),
    ...(campaign && campaignJson(campaign)),
    exitCode: campaign?.summary.exitCode ?? 0,
  };
}

export function scheduledText({ name, every, timezone, next }: Scheduled): string {
  const first = next ? `, the next time ${isoTime(next.getTime())}` : '';
  return `Schedule ${name}: ${every} (${timezone})${first}. Take it back:  cordon schedules --remove ${name}\n`;
}

export function scheduledJson({ name, every, timezone, next }: Scheduled): object {
  return { schedule: { name, every, timezone, next: isoOf(next?.getTime()) }, exitCode: 0 };
}

const HEADER = ['NAME', 'WHEN', 'TIMEZONE', 'JOB', 'LISTS'];

export function schedulesText(kept: readonly Schedule[]): string {
  if (kept.length === 0) return 'There are no schedules.\n';
  const rows = kept.map(({ name, every, timezone, request }) => [
    name,
    every,
    timezone,
    wordOf(request['jobName']),
    wordOf(request['lists']),
  ]);
  return `${table([HEADER, ...rows], { indent: '' }).join('\n')}\n`;
}

export function schedulesJson(kept: readonly Schedule[]): object {
  return { schedules: kept, exitCode: 0 };
}

function wordOf(value: unknown): string {
  return shown(Array.isArray(value) ? value.map(String).join(' ') : typeof value === 'string' ? value : '');
}

function isoOf(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
