/** What a command prints on stdout when it is over. */
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { reportRun } from '../../reports/report.ts';
import { shown } from '../../core/one-line.ts';
import { OUTCOMES, type Outcome } from '../../core/types.ts';
import type { Ending } from '../../run/carry-out.ts';
import { tookOf } from '../../run/carry-out.ts';
import type { Io } from '../../wiring/io.ts';

/** Why the exit code is what it is, in words. */
function whyExit({ exitCode, note, report }: Ending, failOn: readonly string[]): string {
  if (note !== null) return note;
  if (exitCode !== EXIT.outcomes || !report) return 'every call was created or already in progress';
  const bad = Object.entries(report.summary.outcomes).filter(([outcome]) => failOn.includes(outcome));
  return `some rows are ${bad.map(([outcome, count]) => `${outcome} (${count})`).join(', ')}`;
}

/** The closing summary in words. */
function summaryText(ending: Ending, failOn: readonly string[]): string {
  const { report, files, exitCode } = ending;
  if (!report) return `Stopped: ${ending.note}\nExit code ${exitCode}.\n`;
  const { run, summary } = report;
  const open = summary.outcomes['not-sent'] ?? 0;
  const lines = [
    `${run.emulated ? 'EMULATED: nothing real was touched.\n' : ''}Run ${run.id}: ${run.job}, ${summary.rows} rows, ${summary.attempts} requests, took ${tookOf(run)}.`,
    ...OUTCOMES.filter((outcome) => summary.outcomes[outcome]).map(
      (outcome) => `  ${String(summary.outcomes[outcome]).padStart(7)}  ${outcome.padEnd(20)} ${MEANING[outcome]}`,
    ),
    ...(files.length > 0 ? [`Report: ${files.join(', ')}`] : []),
    ...(run.status === 'interrupted' ? [`Not finished (${open} not sent): go on with  cordon resume ${run.id}`] : []),
    `Exit code ${exitCode}: ${shown(whyExit(ending, failOn))}.`,
  ];
  return `${lines.join('\n')}\n`;
}

export const MEANING: Readonly<Record<Outcome, string>> = {
  created: 'the API keeps our action',
  'already-in-progress': 'an action of this type was open already',
  blocked: 'an open action of another type is in the way',
  refused: 'the API said no, for good',
  failed: 'retries used up',
  unknown: 'sent, answer lost, could not be found out',
  'not-sent': 'the run stopped first',
  invalid: 'no machine id, or not of this tenant',
  duplicate: 'the same machine as an earlier row',
  excluded: 'on the exclusion list',
  ineligible: 'cannot take this action',
  'already-applied': 'in force already',
  planned: 'would be called',
};

/** The one JSON object of `--json`, for a run. */
function endingJson(ending: Ending, failOn: readonly string[]): object {
  const { report, files, exitCode } = ending;
  const why = whyExit(ending, failOn);
  return report
    ? { run: reportRun(report.run), summary: report.summary, exitCode, why, reports: files }
    : { run: null, summary: null, exitCode, why, reports: files };
}

/** Prints the ending and passes its exit code on. */
export function showEnding(ending: Ending, options: { json: boolean; failOn: readonly string[] }, io: Io): ExitCode {
  const { json, failOn } = options;
  io.stdout.write(json ? `${JSON.stringify(endingJson(ending, failOn))}\n` : summaryText(ending, failOn));
  return ending.exitCode;
}
