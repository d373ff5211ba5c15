/** `cordon report [RUN]`: writes the reports again, from the state alone. */
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { writeReports } from '../../reports/index.ts';
import { reportFromState } from '../../reports/from-state.ts';
import { reportRun } from '../../reports/report.ts';
import { findJob } from '../../../jobs/index.ts';
import { describeCounts } from '../../core/summary.ts';
import { settingsFrom } from '../../settings/settings.ts';
import { reportFolder } from '../../run/carry-out.ts';
import { newestRun, runNamed } from '../../run/find-run.ts';
import type { CommandInput } from './index.ts';
import { openStateOf, type Tools } from '../../wiring/connection.ts';

/** @throws UsageError when there is no such run */
export async function report({ args: [runId], settings, sources }: CommandInput, tools: Tools): Promise<ExitCode> {
  const { stdout } = tools.io;
  const state = openStateOf(runId, settings, tools);
  try {
    const run = runId === undefined ? await newestRun(state) : await runNamed(state, runId);
    const made = await reportFromState(run, state, findJob(run.job));
    const folder = reportFolder(settingsFrom({ ...sources, stored: run.settings }).report, run.id);
    const reports = await writeReports(made, folder);
    const { summary } = made;
    stdout.write(
      settings.json
        ? `${JSON.stringify({ run: reportRun(run), summary, exitCode: EXIT.ok, reports })}\n`
        : `${run.emulated ? 'EMULATED: ' : ''}Run ${run.id}: ${describeCounts(summary.outcomes)}\nReport: ${reports.join(', ')}\n`,
    );
    return EXIT.ok;
  } finally {
    await state.close();
  }
}
