/** What is printed on stdout when a run of this process is over. */
import { findJob } from '../../../jobs/index.ts';
import { formatDuration } from '../../core/durations.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { standingsOf } from '../../core/following.ts';
import { shown } from '../../core/one-line.ts';
import type { Run } from '../../core/types.ts';
import { reportRun } from '../../reports/report.ts';
import type { Ending, Release } from '../../run/ending.ts';
import type { Io } from '../io.ts';
import { outcomeLines } from './counts.ts';
import { table } from './table.ts';

/** Why the exit code is what it is, in words. */
function whyExit({ exitCode, note, summary, release }: Ending, failOn: readonly string[]): string {
  if (note !== null) return note;
  if (release?.refused !== undefined) return `the release was refused: ${release.refused}`;
  if (release?.ending && release.ending.exitCode === exitCode && exitCode !== EXIT.ok) return whyExit(release.ending, failOn);
  if (exitCode !== EXIT.outcomes || !summary) return 'every call was created or already in progress';
  const bad = Object.entries(summary.outcomes).filter(([outcome]) => failOn.includes(outcome));
  if (bad.length === 0) return `an action was open for longer than ${failOn.filter((word) => word.includes('=')).join(', ')} allows`;
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
    ...filesLines(files),
    ...(unwritten === undefined ? [] : ['No report was written. Nothing is lost: it can be written again.']),
    ...nextLines(ending),
    `Exit code ${exitCode}: ${shown(whyExit(ending, failOn))}.`,
  ];
  return `${lines.join('\n')}\n`;
}

function tookOf({ createdAt, finishedAt }: Run): string {
  return formatDuration((finishedAt ?? createdAt) - createdAt);
}

/** The page for people first: that is the one to be opened. */
export function filesLines(files: readonly string[]): string[] {
  const page = files.find((file) => file.endsWith('.html')) ?? files[0];
  if (page === undefined) return [];
  const others = files.filter((file) => file !== page).map((file) => file.split(/[\\/]/).at(-1) ?? file);
  return [`Report: ${page}`, ...(others.length > 0 ? [`        beside it: ${others.join(', ')}`] : [])];
}

/** What to type next, the most urgent first; of a built-in emulator nothing is left to look at. */
function nextLines({ run, summary, unwritten }: Ending): string[] {
  const { failed = 0, unknown = 0, 'not-sent': notSent = 0 } = summary?.outcomes ?? {};
  const open = [notSent > 0 ? `${notSent} not sent` : '', unknown > 0 ? `${unknown} in doubt, which are looked up first` : ''];
  const steps = [
    unwritten !== undefined && [`cordon report ${run.id} --report DIR`, 'writes the reports'],
    run.status !== 'done' && [`cordon resume ${run.id}`, `goes on: ${open.filter((part) => part !== '').join(', ') || 'not finished'}`],
    failed > 0 && [`cordon resume ${run.id} --retry-failed`, `sends ${failed} failed again`],
    ...(run.emulated ? [] : stepsAfter(run, summary)),
  ].filter((step) => step !== false);
  return steps.length === 0 ? [] : ['Next:', ...table(steps)];
}

/** What the accepted actions are followed by. */
function stepsAfter(run: Run, summary: Ending['summary']): (string[] | false)[] {
  const { confirmed, pending, failed } = standingsOf(summary?.statuses ?? {});
  const accepted = confirmed + pending + failed;
  const { overtaken = 0, contested = 0 } = summary?.opposed ?? {};
  const opposed = overtaken + contested;
  return [
    pending > 0 && [`cordon follow ${run.id}`, `waits until ${pending} accepted are confirmed`],
    opposed > 0 && [`cordon status ${run.id}`, `shows how ${opposed} stand where an opposite action had, or may have, the last word`],
    failed > 0 && [`cordon status ${run.id} --only ended`, `shows ${failed} that ended otherwise`],
    accepted > 0 &&
      run.kind === undefined &&
      findJob(run.job)?.inverse !== undefined && [`cordon undo ${run.id}`, 'takes it back, on exactly these machines'],
  ];
}

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
