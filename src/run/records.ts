/** What the state has of earlier runs: listed, reported again, forgotten. */
import { existsSync } from 'node:fs';
import { formatDuration } from '../core/durations.ts';
import { UsageError } from '../core/errors.ts';
import type { RunOverview, State } from '../core/ports.ts';
import { writeReports } from '../reports/index.ts';
import { reportOf, type Report } from '../reports/report.ts';
import { withStored, type Settings } from '../settings/settings.ts';
import { isPostgres } from '../state/postgres/address.ts';
import { statePath } from '../wiring/state-path.ts';
import { openState, openStateOf } from '../wiring/state.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { reportFolder } from './finish.ts';
import { newestRun, runNamed } from './find-run.ts';

/** The runs in the state, newest first; none where there is no state yet. */
export async function listRuns(settings: Settings, tools: Tools): Promise<readonly RunOverview[]> {
  if (!isPostgres(settings.state) && !existsSync(statePath(settings.state, settings.emulator, tools.env))) return [];
  const state = await openStateOf(undefined, settings, tools);
  try {
    return await state.runs();
  } finally {
    await state.close();
  }
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
  const run = runId === undefined ? await newestRun(state) : await runNamed(state, runId);
  const report = await reportOf(run, () => state.rows(run.id));
  const folder = reportFolder(withStored(settings, run.settings).report, run.id);
  return { report, files: await writeReports(report, folder) };
}

/** The quota's memory and a resume need the last day. */
const LEAST_MS = 86_400_000;

/** Forgets finished runs older than `--keep`; resolves to their ids. @throws UsageError when `--keep` is less than a day */
export async function prune(settings: Settings, tools: Tools): Promise<readonly string[]> {
  const { keep } = settings;
  if (keep < LEAST_MS)
    throw new UsageError(`--keep ${formatDuration(keep)} is too short: a day at least is kept, to resume runs and to know the quota`);
  const state = await openState(settings, settings.emulator, tools);
  try {
    return await state.prune(clock.now() - keep);
  } finally {
    await state.close();
  }
}
