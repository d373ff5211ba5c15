/** What is shown of the runs in a state. */
import { formatDuration } from '../../core/durations.ts';
import { EXIT } from '../../core/exit.ts';
import { shown } from '../../core/one-line.ts';
import type { RunOverview } from '../../core/ports.ts';
import { ordered } from '../../core/summary.ts';
import { clockTime } from '../../core/eta.ts';
import { reportRun } from '../../reports/report.ts';
import type { Verified } from '../../reports/sums.ts';
import type { ListedRun, Pruned, Reported } from '../../run/records.ts';
import { countsText } from './counts.ts';
import { cut } from './labelled.ts';
import { table } from './table.ts';

/** `running` means that a process works on it now; a killed run says `running` in the state, and is interrupted. */
function stateOf({ status, active }: RunOverview): 'running' | 'interrupted' | 'done' {
  if (active) return 'running';
  return status === 'done' ? 'done' : 'interrupted';
}

export function runsJson(runs: readonly ListedRun[]): object {
  return { runs: runs.map(runJson) };
}

function runJson(run: ListedRun): object {
  const { active: _, lastSentAt, ...rest } = run;
  return { ...reportRun(rest), state: stateOf(run), etaAt: lastSentAt === null ? null : new Date(lastSentAt).toISOString() };
}

/** A few lines a run: which, whose and why, how far, how it goes on. They fit a terminal of 80 columns, and are cut to a narrower one. */
export function runsText(runs: readonly ListedRun[], { now, columns }: { readonly now: number; readonly columns: number }): string {
  if (runs.length === 0) return 'There are no runs yet.\n';
  const isNarrow = columns < NARROW;
  const heads = table([isNarrow ? HEADER.slice(0, 2) : HEADER, ...runs.map((run) => (isNarrow ? headOf(run).slice(0, 2) : headOf(run)))], {
    indent: '',
    columns,
  });
  const lines = runs.flatMap((run, at) => [
    heads[at + 1] ?? '',
    ...[...(isNarrow ? [headOf(run).slice(2).join(', ')] : []), whoAndWhy(run), howFar(run, now), ...nextOf(run)].map((line) =>
      cut(`  ${line}`, columns),
    ),
  ]);
  return `${[heads[0], ...lines].join('\n')}\n`;
}

const HEADER = ['RUN', 'STATE', 'JOB', 'BEGAN'];
/** A terminal that is narrower has job and beginning on a line of their own. */
const NARROW = 66;

function headOf(run: RunOverview): string[] {
  return [run.id, stateOf(run), tiedJob(run), `${new Date(run.createdAt).toISOString().slice(0, 16).replace('T', ' ')}Z`];
}

/** A line of its own: it is there to be copied. */
function nextOf(run: RunOverview): string[] {
  return stateOf(run) === 'interrupted' && run.kind !== 'cancel' ? [`cordon resume ${run.id}`] : [];
}

function whoAndWhy({ operator, comment }: RunOverview): string {
  return `${shown(operator)}: ${shown(comment)}`;
}

function howFar(run: ListedRun, now: number): string {
  const eta = run.lastSentAt === null ? '' : `; ETA ${clockTime(run.lastSentAt, now)}`;
  return `${run.machines} rows: ${countsText(ordered(run.outcomes))}${eta}`;
}

/** "unrestrict (undo of r-20261123-101530-k3f9)": what it is, and which run it is about. */
function tiedJob({ job, kind, originRun = 'another run' }: RunOverview): string {
  if (kind === undefined) return job;
  return kind === 'cancel' ? `cancel of ${originRun}` : `${job} (${kind} of ${originRun})`;
}

export function reportedJson({ report: { run, summary }, files }: Reported): object {
  return { run: reportRun(run), summary, exitCode: EXIT.ok, reports: files };
}

export function reportedText({ report: { run, summary }, files }: Reported): string {
  return `${run.emulated ? 'EMULATED: ' : ''}Run ${run.id}: ${countsText(summary.outcomes) || 'no rows'}\nReport: ${files.join(', ')}\n`;
}

const VERDICTS: Readonly<Record<Verified['verdict'], string>> = {
  intact: 'as it was written',
  altered: 'ALTERED since it was written',
  missing: 'MISSING',
  unlisted: 'has no checksum: it was not written by cordon',
  differs: 'unaltered, but the state says something else by now: cordon report writes it again',
};

export function verifiedText(folder: string, files: readonly Verified[]): string {
  const width = Math.max(...files.map(({ file }) => file.length));
  const lines = files.map(({ file, verdict }) => `  ${shown(file).padEnd(width)}  ${VERDICTS[verdict]}`);
  const bad = files.filter(({ verdict }) => verdict !== 'intact').length;
  return [
    `${shown(folder)}: ${bad === 0 ? 'all files are as they were written' : `${bad} of ${files.length} files are not as they should be`}`,
    ...lines,
    '',
  ].join('\n');
}

export function prunedText({ pruned, reports }: Pruned, keep: number): string {
  const count = `${pruned.length} finished run${pruned.length === 1 ? '' : 's'} older than ${formatDuration(keep)} removed`;
  const folders = reports && [
    `${reports.removed.length} folder${reports.removed.length === 1 ? '' : 's'} of reports removed`,
    ...reports.left.map((folder) => `  left, because something else is in it: ${shown(folder)}`),
  ];
  return `${[count, ...pruned.map((id) => `  ${id}`), ...(folders ?? [])].join('\n')}\n`;
}
