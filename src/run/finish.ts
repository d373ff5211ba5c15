/** The end of a run: counted, reported, and noted in the state. */
import { findJob } from '../../jobs/index.ts';
import { EXIT, weightiest, type ExitCode } from '../core/exit.ts';
import { messageOf, StateError } from '../core/errors.ts';
import { openSinceIn } from '../core/plan-warnings.ts';
import { exitFor, openLimitOf } from '../core/summary.ts';
import type { Run } from '../core/types.ts';
import type { HaltReason } from '../engine/attempts/halt.ts';
import { writeReports } from '../reports/index.ts';
import { reportFromState } from '../reports/from-state.ts';
import type { Report } from '../reports/report.ts';
import type { Settings } from '../settings/settings.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';
import type { Ending } from './ending.ts';

/** `at`: when it ended, if that was before now. Never rejects: what cannot be read or written is part of the ending. */
export async function finish(run: Run, session: Session, reasons: readonly HaltReason[], at: number | null = null): Promise<Ending> {
  // The API's own words may be among the reasons.
  const note = session.tools.secrets.scrub(reasons.map(({ why }) => why).join('; ')) || null;
  try {
    const { report, exitCode: due } = await ended(run, session, { reasons, note, at: at ?? clock.now() });
    const written = await write(report, session);
    const exitCode: ExitCode = written.unwritten === undefined ? due : EXIT.internal;
    const ending = { ...written, exitCode, note: join(note, written.unwritten), run: { ...report.run, exitCode }, summary: report.summary };
    // The run is done only when its reports are there: killed in between, it is resumed and writes them.
    const { status, finishedAt } = ending.run;
    await session.state.updateRun(run.id, { status, finishedAt, exitCode, note: ending.note });
    return ending;
  } catch (error) {
    session.tools.log.error({ error: messageOf(error) }, 'the run could not be brought to its end');
    const unwritten = messageOf(error);
    const exitCode = error instanceof StateError ? error.exitCode : EXIT.internal;
    return { exitCode, note: join(note, unwritten), run, summary: undefined, files: [], unwritten };
  }
}

/** What the run came to, with its exit code and whether there is something left to do. */
async function ended(
  run: Run,
  { state, settings }: Session,
  { reasons, note, at }: { readonly reasons: readonly HaltReason[]; readonly note: string | null; readonly at: number },
): Promise<{ report: Report; exitCode: ExitCode }> {
  const { open } = await state.callCounts(run.id);
  const report = await reportFromState(run, state, findJob(run.job));
  const codes = reasons.map(({ code }) => code);
  const exitCode = weightiest([...codes, exitFor(report.summary.outcomes, settings.failOn, await openTimes(report, settings))]);
  const status = open > 0 ? 'interrupted' : 'done';
  const { observed = null } = (await state.run(run.id)) ?? {};
  return { report: { ...report, run: { ...run, observed, status, finishedAt: at, exitCode, note } }, exitCode };
}

/** For how long the actions are open that rows wait for, ms; not looked at where nobody asked. */
async function openTimes({ rows }: Report, { failOn }: Settings): Promise<number[]> {
  if (openLimitOf(failOn) === undefined) return [];
  const times: number[] = [];
  for await (const { outcome, message } of rows()) {
    const since = outcome === 'already-in-progress' ? openSinceIn(message) : undefined;
    if (since !== undefined) times.push(clock.now() - since);
  }
  return times;
}

async function write(report: Report, { settings, tools }: Session): Promise<Pick<Ending, 'files' | 'unwritten'>> {
  try {
    return {
      files: await writeReports(() => Promise.resolve(report), reportFolder(settings.report, report.run.id), { names: settings.formats }),
      unwritten: undefined,
    };
  } catch (error) {
    tools.log.error({ error: messageOf(error) }, 'the reports could not be written');
    return { files: [], unwritten: messageOf(error) };
  }
}

/** A full disk stops the sending and the report for one reason: that is said once. */
function join(note: string | null, more: string | undefined): string | null {
  if (note === null || more === undefined) return note ?? more ?? null;
  return note.includes(more) ? note : `${note}; ${more}`;
}

/** `{run}` in a folder's name stands for the run's id. */
export function reportFolder(given: string | undefined, runId: string): string {
  return (given ?? 'reports/{run}').replaceAll('{run}', runId);
}
