/** What the state has of earlier runs: listed, reported again, forgotten. */
import { existsSync } from 'node:fs';
import { findJob } from '../../jobs/index.ts';
import { formatDuration } from '../core/durations.ts';
import { NoStateError, UsageError } from '../core/errors.ts';
import { REPORT_FORMATS } from '../core/report-formats.ts';
import type { RunOverview, State } from '../core/ports.ts';
import type { Run } from '../core/types.ts';
import { formatsFor, writeReports } from '../reports/index.ts';
import { reportFromState } from '../reports/from-state.ts';
import { pruneReports, type PrunedReports } from '../reports/prune.ts';
import type { Report } from '../reports/report.ts';
import { verify, type Verified } from '../reports/sums.ts';
import { withStored, type Settings } from '../settings/settings.ts';
import { isPostgres } from '../state/postgres/address.ts';
import { settingsOfSpeed } from '../wiring/built-in-emulator.ts';
import { statePath } from '../wiring/state-path.ts';
import { openState, openStateOf, openToRead } from '../wiring/state.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { reportFolder } from './finish.ts';
import { newestRun, runNamed } from './find-run.ts';
import { timingOf } from './prepare.ts';

export interface ListedRun extends RunOverview {
  /** When the last call goes out of a run that is worked on, ms since the epoch; null for others, and where nothing is to be sent. */
  readonly lastSentAt: number | null;
}

/** The runs in the state, newest first; none where there is no state yet. */
export async function listRuns(settings: Settings, tools: Tools): Promise<readonly ListedRun[]> {
  const state = await stateToList(settings, tools);
  if (!state) return [];
  try {
    const listed: ListedRun[] = [];
    for (const run of await state.runs()) listed.push({ ...run, lastSentAt: run.active ? await lastSentAt(run, state, settings) : null });
    return listed;
  } finally {
    await state.close();
  }
}

/** By the quota that the state knows to be used, as the run itself reckons it. */
async function lastSentAt(run: RunOverview, state: State, given: Settings): Promise<number | null> {
  const [job, settings] = [findJob(run.job), settingsOfSpeed(withStored(given, run.settings), run.emulated)];
  const { open } = await state.callCounts(run.id);
  if (!job || open === 0) return null;
  const identity = { tenant: run.tenant, clientId: run.clientId, certain: Boolean(run.tenant && run.clientId) };
  const timing = await timingOf(open, job, settings, { state, identity, host: run.host }, clock.now());
  return timing.eta.last?.at ?? null;
}

/** Undefined where there is none yet: nobody makes one by asking for its runs. */
async function stateToList(settings: Settings, tools: Tools): Promise<State | undefined> {
  if (isPostgres(settings.state)) return openToRead(settings, tools).catch(unlessThereIsNone);
  return existsSync(statePath(settings.state, settings.emulator, tools.env)) ? openStateOf(undefined, settings, tools) : undefined;
}

function unlessThereIsNone(error: unknown): undefined {
  if (!(error instanceof NoStateError)) throw error;
}

export interface Reported {
  readonly report: Report;
  readonly files: readonly string[];
}

/** Writes the reports of a run again; of the newest one if none is named. @throws UsageError when there is no such run */
export async function reportAgain(runId: string | undefined, settings: Settings, tools: Tools): Promise<Reported> {
  const state = await openStateOf(runId, settings, tools);
  try {
    return await reportFrom(state, runId, settings);
  } finally {
    await state.close();
  }
}

/** The same from an open state: it alone has everything that a report says. */
export async function reportFrom(state: State, runId: string | undefined, settings: Settings): Promise<Reported> {
  const { id, settings: stored } = runId === undefined ? await newestRun(state) : await runNamed(state, runId);
  const read = async (): Promise<Report> => {
    const run = await asItIs(await runNamed(state, id), state);
    return reportFromState(run, state, findJob(run.job));
  };
  const { report: folder, formats } = withStored(settings, stored);
  const files = await writeReports(read, reportFolder(folder, id), { names: formats });
  return { report: await read(), files };
}

/** A killed process leaves `running` behind: only the lock tells whether somebody is at work. */
async function asItIs(run: Run, state: State): Promise<Run> {
  if (run.status !== 'running') return run;
  const isActive = (await state.runs()).some(({ id, active }) => id === run.id && active);
  return isActive ? run : { ...run, status: 'interrupted' };
}

/**
 * Whether the reports in a folder are those that were written, and say what the state says.
 * @throws UsageError when there is no such run, or no checksums are there
 */
export async function verifyReports(
  runId: string | undefined,
  folder: string,
  settings: Settings,
  tools: Tools,
): Promise<readonly Verified[]> {
  const state = await openStateOf(runId, settings, tools);
  try {
    const run = await asItIs(runId === undefined ? await newestRun(state) : await runNamed(state, runId), state);
    const report = await reportFromState(run, state, findJob(run.job));
    return await verify(folder, { report, formats: formatsFor('run', REPORT_FORMATS) });
  } finally {
    await state.close();
  }
}

/** The quota's memory and a resume need the last day. */
const LEAST_MS = 86_400_000;

export interface Pruned {
  /** Runs that are forgotten. */
  readonly pruned: readonly string[];
  /** Folders of reports, where `--reports` names where they are. */
  readonly reports?: PrunedReports;
}

/**
 * Forgets finished runs older than `--keep`; with `--reports DIR` the reports of runs that are gone, too.
 * @throws UsageError when `--keep` is less than a day; UserError when old reports cannot be removed
 */
export async function prune(settings: Settings, tools: Tools): Promise<Pruned> {
  const { keep, reports, emulator: emulated } = settings;
  if (keep < LEAST_MS)
    throw new UsageError(`--keep ${formatDuration(keep)} is too short: a day at least is kept, to resume runs and to know the quota`);
  const state = await openState(settings, settings.emulator, tools);
  try {
    const before = clock.now() - keep;
    const pruned = await state.prune(before);
    if (reports === undefined) return { pruned };
    const known = new Set((await state.runs()).map(({ id }) => id));
    return { pruned, reports: await pruneReports(reports, { known, before, emulated }) };
  } finally {
    await state.close();
  }
}
