/** What is printed on stdout when a run of this process is over. */
import { findJob } from '../../../jobs/index.ts';
import { formatDuration } from '../../core/durations.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { standingsOf } from '../../core/following.ts';
import { shown } from '../../core/one-line.ts';
import type { OutcomeCounts } from '../../core/summary.ts';
import { OUTCOMES, type Outcome, type Run } from '../../core/types.ts';
import { reportRun } from '../../reports/report.ts';
import type { Ending, Release } from '../../run/ending.ts';
import type { Io } from '../io.ts';

/** Why the exit code is what it is, in words. */
function whyExit({ exitCode, note, summary, release }: Ending, failOn: readonly string[]): string {
  if (note !== null) return note;
  if (release?.refused !== undefined) return `the release was refused: ${release.refused}`;
  if (release?.ending && release.ending.exitCode === exitCode && exitCode !== EXIT.ok) return whyExit(release.ending, failOn);
  if (exitCode !== EXIT.outcomes || !summary) return 'every call was created or already in progress';
  const bad = Object.entries(summary.outcomes).filter(([outcome]) => failOn.includes(outcome));
  return `some rows are ${bad.map(([outcome, count]) => `${outcome} (${count})`).join(', ')}`;
}

/** The closing summary in words. */
function summaryText(ending: Ending, failOn: readonly string[]): string {
  const { run, summary, files, exitCode, unwritten } = ending;
  const lines = [
    ...(run.emulated ? ['EMULATED: nothing real was touched.'] : []),
    summary
      ? `Run ${run.id}: ${run.job}, ${summary.rows} rows, ${summary.attempts} requests, took ${tookOf(run)}.`
      : `Run ${run.id}: stopped; what it came to could not be read.`,
    ...outcomeLines(summary?.outcomes ?? {}),
    ...(files.length > 0 ? [`Report: ${files.join(', ')}`] : []),
    ...(unwritten === undefined ? [] : [`No report was written. Nothing is lost:  cordon report ${run.id} --report DIR`]),
    ...(run.status === 'done'
      ? []
      : [`Not finished (${summary?.outcomes['not-sent'] ?? 0} not sent): go on with  cordon resume ${run.id}`]),
    `Exit code ${exitCode}: ${shown(whyExit(ending, failOn))}.`,
    ...nextOf(ending).map((next) => `Next:  ${next}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** What to do next, as a command; an unfinished run has said so already, and of a built-in emulator nothing is left. */
function nextOf({ run, summary }: Ending): string[] {
  if (run.emulated || run.status !== 'done' || !summary) return [];
  const { confirmed, pending, failed } = standingsOf(summary.statuses);
  if (pending > 0) return [`cordon follow ${run.id}   (accepted is not confirmed yet: ${pending} actions)`];
  if (failed > 0) return [`cordon status ${run.id} --only ended`];
  if (confirmed > 0 && run.kind === undefined && findJob(run.job)?.inverse !== undefined) return [`cordon undo ${run.id}, when it is over`];
  return [`cordon status ${run.id}`];
}

function tookOf({ createdAt, finishedAt }: Run): string {
  return formatDuration((finishedAt ?? createdAt) - createdAt);
}

/** A line for each outcome that occurs, in the vocabulary's order. */
export function outcomeLines(outcomes: OutcomeCounts): string[] {
  return OUTCOMES.filter((outcome) => outcomes[outcome]).map(
    (outcome) =>
      `  ${String(outcomes[outcome]).padStart(7)}  ${(outcome === 'created' ? 'accepted' : outcome).padEnd(20)} ${MEANING[outcome]}`,
  );
}

const MEANING: Readonly<Record<Outcome, string>> = {
  created: 'the API keeps our action (outcome: created)',
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
  const { run, summary, files, exitCode, release } = ending;
  const told = { run: reportRun(run), summary: summary ?? null, exitCode, why: whyExit(ending, failOn), reports: files };
  if (!release) return told;
  const { ending: released, ...counts } = release;
  return { ...told, release: { ...counts, ...(released && endingJson(released, failOn)) } };
}

/** What `--ensure --release` gave back. */
function releaseText({ due, held, pending, ending, refused }: Release, failOn: readonly string[]): string {
  const kept = `${held > 0 ? `, ${held} held by --for` : ''}${pending > 0 ? `, ${pending} not in force yet` : ''}`;
  const why = refused === undefined ? '' : `\nNothing was released: ${shown(refused)}.`;
  return `Release: ${due} machines not listed any more${kept}.${why}\n${ending ? summaryText(ending, failOn) : ''}`;
}

/** Prints the ending and passes its exit code on. */
export function showEnding(ending: Ending, options: { json: boolean; failOn: readonly string[] }, io: Io): ExitCode {
  const { json, failOn } = options;
  const { release } = ending;
  const text = (): string => `${summaryText(ending, failOn)}${release ? releaseText(release, failOn) : ''}`;
  io.stdout.write(json ? `${JSON.stringify(endingJson(ending, failOn))}\n` : text());
  return ending.exitCode;
}
