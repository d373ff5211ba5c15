/** What people read of a run's actions after they were accepted. */
import { ACTION_LIFE_MS, standingsText, type StatusCounts } from '../../core/following.ts';
import { oppositionText } from '../../core/oppositions.ts';
import { shown } from '../../core/one-line.ts';
import { reportRun } from '../../reports/report.ts';
import type { FollowEnding } from '../../run/follow.ts';
import { table } from './table.ts';

/** So many pending machines are named; `cordon status --only pending` names all. */
const MOST = 20;

export function followedText(ending: FollowEnding): string {
  const { run, standings, inactive, statuses, pending, unsettled, files, exitCode, note } = ending;
  const lines = [
    `Run ${run.id} (${run.job}): ${standingsText(standings, inactive)}`,
    ...statusLines(statuses),
    ...pendingLines(pending),
    ...opposedLines(ending),
    ...(unsettled > 0 ? [`${unsettled} calls were not sent, or their outcome is not known:  cordon resume ${run.id}`] : []),
    ...(files.length > 0 ? [`Report: ${files.join(', ')}`] : []),
    `Exit code ${exitCode}: ${shown(note ?? 'every action has Succeeded, as the API’s record says')}.`,
    `Next:  ${nextOf(ending)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function statusLines(statuses: StatusCounts): string[] {
  const counts = Object.entries(statuses).toSorted(([, a], [, b]) => b - a);
  return counts.map(([status, count]) => `  ${String(count).padStart(7)}  ${status === '' ? 'not told yet' : shown(status)}`);
}

function opposedLines({ run, opposed }: FollowEnding): string[] {
  const text = oppositionText(opposed);
  return text === '' ? [] : [`${text} by opposite actions (report.csv says by whose); how the machines stand:  cordon status ${run.id}`];
}

function pendingLines(pending: FollowEnding['pending']): string[] {
  if (pending.length === 0) return [];
  const rows = pending
    .slice(0, MOST)
    .map(({ machineId, status, lastSeen, settledAt }) => [machineId, shown(status ?? '-'), lastSeen ?? '-', timesOut(settledAt)]);
  const more = pending.length > MOST ? [`  … and ${pending.length - MOST} more`] : [];
  return ['Pending:', ...table([['MACHINE', 'STATUS', 'LAST SEEN', 'TIMES OUT AT ABOUT'], ...rows]), ...more];
}

/** The service gives an action up some three days after it was made. */
function timesOut(settledAt: number | null): string {
  return settledAt === null ? '-' : `${new Date(settledAt + ACTION_LIFE_MS).toISOString().slice(0, 16)}Z`;
}

function nextOf({ run, standings, opposed, unsettled }: FollowEnding): string {
  if (unsettled > 0) return `cordon resume ${run.id}`;
  if (standings.pending > 0) return `cordon follow ${run.id}  (cordon status ${run.id} --only pending names the machines)`;
  if (standings.failed > 0) return `cordon status ${run.id} --only ended`;
  if (opposed.overtaken || opposed.contested) return `cordon status ${run.id}`;
  return run.kind === undefined ? `cordon undo ${run.id}, when it is over` : `cordon status ${run.id}`;
}

export function followedJson(ending: FollowEnding): object {
  const { run, pending, ...rest } = ending;
  return {
    run: reportRun(run),
    ...rest,
    pending: pending.map(({ machineId, actionId, status, lastSeen }) => ({ machineId, actionId, status, lastSeen })),
  };
}
