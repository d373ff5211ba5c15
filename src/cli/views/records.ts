/** What is shown of the runs in a state. */
import { formatDuration } from '../../core/durations.ts';
import { EXIT } from '../../core/exit.ts';
import { shown } from '../../core/one-line.ts';
import type { RunOverview } from '../../core/ports.ts';
import { describeCounts } from '../../core/summary.ts';
import { reportRun } from '../../reports/report.ts';
import type { Verified } from '../../reports/sums.ts';
import type { Pruned, Reported } from '../../run/records.ts';
import { table } from './table.ts';

/** `running` means that a process works on it now; a killed run says `running` in the state, and is interrupted. */
function stateOf({ status, active }: RunOverview): 'running' | 'interrupted' | 'done' {
  if (active) return 'running';
  return status === 'done' ? 'done' : 'interrupted';
}

export function runsJson(runs: readonly RunOverview[]): object {
  return { runs: runs.map(runJson) };
}

function runJson(run: RunOverview): object {
  const { active: _, ...rest } = run;
  return { ...reportRun(rest), state: stateOf(run) };
}

const HEADER = ['RUN', 'JOB', 'WHEN', 'OPERATOR', 'MACHINES', 'STATE', 'OUTCOMES'];

export function runsText(runs: readonly RunOverview[]): string {
  return runs.length === 0 ? 'There are no runs yet.\n' : `${table([HEADER, ...runs.map(cells)], '').join('\n')}\n`;
}

function cells(run: RunOverview): string[] {
  const when = new Date(run.createdAt).toISOString().slice(0, 16).replace('T', ' ');
  return [run.id, tiedJob(run), `${when}Z`, shown(run.operator), String(run.machines), stateOf(run), describeCounts(run.outcomes)];
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
  return `${run.emulated ? 'EMULATED: ' : ''}Run ${run.id}: ${describeCounts(summary.outcomes)}\nReport: ${files.join(', ')}\n`;
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
