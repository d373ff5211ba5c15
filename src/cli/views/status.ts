/** `cordon status`, for people and for the next list. */
import { describeHeld, type Held, type InForce } from '../../core/in-force.ts';
import { standingsText } from '../../core/following.ts';
import { shown } from '../../core/one-line.ts';
import { csvLine } from '../../reports/csv.ts';
import { isoTime } from '../../reports/report.ts';
import type { StatusResult } from '../../run/status.ts';
import { table } from './table.ts';

export interface StatusView {
  readonly only: readonly InForce[];
  readonly all: boolean;
}

/** So many machines are named where nobody asked for all. */
const MOST = 50;

/** The summary first, in the words of the record; then those that are not in force, or those that were asked for. */
export function statusText(result: StatusResult, { only, all }: StatusView): string {
  const { held, notes, run, job, now } = result;
  const wanted = chosen(held, only.length > 0 || all ? only : ATTENTION);
  const named = all ? wanted : wanted.slice(0, MOST);
  const lines = [
    `${run ? `Run ${run.id} (${job.name})` : job.name}, last known by the API’s record of actions:`,
    summaryOf(result),
    ...notes.map((note) => `  ${shown(note)}`),
    ...table(named.map((one) => [one.machineId, shown(one.deviceName), shown(describeHeld(one, now))])),
    ...(wanted.length > named.length ? [`  … and ${wanted.length - named.length} more: --all, or --only STATE --format csv`] : []),
    `Next:  ${nextOf(result)}`,
  ];
  return `${lines.join('\n')}\n`;
}

const ATTENTION: readonly InForce[] = ['pending', 'ended', 'not-known'];

/** "1412 confirmed · 240 pending (184 inactive) · 8 failed · 3 not in force · 1 not known" */
function summaryOf({ counts: { states, inactive } }: StatusResult): string {
  const standings = { confirmed: states['in-force'], pending: states.pending, failed: states.ended };
  const more = [
    states['not-in-force'] > 0 ? ` · ${states['not-in-force']} not in force` : '',
    states['not-known'] > 0 ? ` · ${states['not-known']} not known` : '',
  ];
  return `${standingsText(standings, inactive)}${more.join('')}`;
}

function nextOf({ counts: { states }, run, job }: StatusResult): string {
  const about = run ? run.id : `${job.name} LIST`;
  if (states.pending > 0 && run) return `cordon follow ${run.id}`;
  const wanted: InForce = states.ended > 0 ? 'ended' : 'in-force';
  return `cordon status ${about} --only ${wanted} --format ids`;
}

/** Those in one of the states; all where none is named. */
export function chosen(held: readonly Held[], only: readonly InForce[]): readonly Held[] {
  return only.length === 0 ? held : held.filter(({ state }) => only.includes(state));
}

/** One id a line: a list for `cordon run`. */
export function* statusIds(held: readonly Held[]): Iterable<string> {
  for (const { machineId } of held) yield `${machineId}\n`;
}

const COLUMNS = [
  'machine_id',
  'device_name',
  'state',
  'since',
  'by',
  'action_status',
  'action_id',
  'last_seen',
  'health',
  'times_out_at',
  'message',
];

export function* statusCsv(held: readonly Held[], now: number): Iterable<string> {
  yield csvLine(COLUMNS);
  for (const one of held) {
    const { action } = one;
    yield csvLine([
      one.machineId,
      one.deviceName,
      one.state,
      one.since,
      action?.requestor ?? null,
      action?.status ?? null,
      action?.id ?? null,
      one.lastSeen,
      one.healthStatus,
      isoTime(one.timesOutAt),
      describeHeld(one, now),
    ]);
  }
}

export function statusJson({ run, job, counts, notes, now }: StatusResult, held: readonly Held[]): object {
  return {
    run: run?.id ?? null,
    job: job.name,
    at: isoTime(now),
    summary: { ...counts.states, inactive: counts.inactive },
    notes,
    machines: held.map(({ action, releasing, timesOutAt, ...rest }) => ({
      ...rest,
      by: action?.requestor ?? null,
      actionId: action?.id ?? null,
      actionStatus: action?.status ?? null,
      isBeingTakenBack: releasing !== undefined,
      timesOutAt: isoTime(timesOutAt),
    })),
  };
}
