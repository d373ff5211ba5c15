/** `run JOB LIST --ensure`: night after night the same wish. What is in force or under way is not called; what nobody wishes any more is taken back. */
import type { RunOverview } from '../core/ports.ts';
import { parseDuration } from '../core/durations.ts';
import { releasesOf, type EnsureRun, type Releases } from '../core/ensured.ts';
import { GuardError, UsageError } from '../core/errors.ts';
import { EXIT, weightiest, type ExitCode } from '../core/exit.ts';
import { machineIdOf } from '../core/ids.ts';
import type { InputRow, Job } from '../core/types.ts';
import type { Settings } from '../settings/settings.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';
import type { Ending } from './ending.ts';
import { orderOf } from './job.ts';
import { hashed, type TargetList } from './list.ts';
import type { Prepared } from './prepare.ts';

interface WantedOnce {
  readonly jobName: string | undefined;
  readonly list: TargetList;
  /** Told what was found out and decided, before anything is sent. */
  readonly onPrepared?: ((prepared: Prepared) => void) | undefined;
}

/**
 * Sees to it that the job is in force on the list's machines and, with `--release`, takes it back by its inverse where only
 * earlier ensure runs of this state did it: a run of its own, with its own guards and question.
 * @throws as `startOnce`, for what stands against the first of the two; UsageError for flags that make no sense together
 */
export async function ensure<T extends WantedOnce>(
  session: Session,
  wanted: T,
  startOnce: (session: Session, wanted: T) => Promise<Ending>,
): Promise<Ending> {
  const { settings } = session;
  const { job } = orderOf(wanted.jobName, settings);
  checkFlags(job, settings);
  let prepared: Prepared | undefined;
  const ending = await startOnce(session, { ...wanted, onPrepared: (made: Prepared) => void (prepared = made) });
  // A run that was stopped, or was an interrupted one gone on with, says nothing about the whole list.
  if (!settings.release || !prepared?.knowledge || ending.run.status !== 'done' || !isOver(ending.exitCode)) return ending;
  const releases = await releasesDue(job, prepared, session);
  const { length } = releases.due;
  if (length === 0) return { ...ending, release: { ...countsOf(releases), ending: undefined } };
  try {
    mustBeSure(prepared, length);
    const list = { ...wanted.list, ...hashed(rowsOf(releases.due)), notes: [noteOf(releases)], fromTenant: false };
    const inverse = { ...wanted, jobName: job.inverse, list, onPrepared: undefined };
    const released = await startOnce({ ...session, settings: settingsOfRelease(settings) }, inverse);
    const exitCode = weightiest([ending.exitCode, released.exitCode]);
    return { ...ending, exitCode, release: { ...countsOf(releases), ending: released } };
  } catch (error) {
    if (!(error instanceof GuardError)) throw error;
    const exitCode = ending.exitCode === EXIT.ok ? EXIT.guard : ending.exitCode;
    return { ...ending, exitCode, release: { ...countsOf(releases), ending: undefined, refused: error.message } };
  }
}

function checkFlags(job: Job, { release, noFacts, confirm, for: held }: Settings): void {
  if (noFacts) throw new UsageError('--ensure looks at what is in force, which --no-facts rules out');
  if (job.inverse === undefined) throw new UsageError(`--ensure makes no sense for ${job.name}: its effect is no state that lasts`);
  if (held !== undefined && !release) throw new UsageError('--for says when --release takes it back: say --release too');
  if (release && confirm !== undefined)
    throw new UsageError('--confirm counts one plan, and --release makes a second one', {
      hint: 'For a schedule: --yes with --max-targets.',
    });
}

function isOver(exitCode: ExitCode): boolean {
  return exitCode === EXIT.ok || exitCode === EXIT.outcomes;
}

async function releasesDue(job: Job, { plan, knowledge }: Prepared, { state, identity, settings }: Session): Promise<Releases> {
  const runs = (await state.runs()).filter((run) => isEnsureRun(run, job, identity.tenant, settings.emulator));
  const listed = new Set(Iterator.from(plan.rows).map(({ machineId }) => machineId.toLowerCase()));
  return releasesOf({
    ensured: await state.ensured({ job: job.name, tenant: identity.tenant }),
    runs: new Map(runs.map((run) => [run.id, ensureRunOf(run)])),
    listed,
    knowledge: knowledge ?? { applied: new Map(), open: new Map() },
    now: clock.now(),
  });
}

function isEnsureRun(run: RunOverview, job: Job, tenant: string, emulated: boolean): boolean {
  return run.settings['ensure']?.[0] === 'true' && run.job === job.name && run.tenant === tenant && run.emulated === emulated;
}

function ensureRunOf({ createdAt, settings }: RunOverview): EnsureRun {
  return { createdAt, forMs: parseDuration(settings['for']?.at(-1) ?? '') ?? 0 };
}

/** A row that names no machine may mean one that would be released. @throws GuardError */
function mustBeSure({ plan }: Prepared, releases: number): void {
  const unclear = Iterator.from(plan.rows).filter(({ skip, machineId }) => skip === 'invalid' && machineIdOf(machineId) === undefined);
  const count = unclear.reduce((sum) => sum + 1, 0);
  if (count === 0) return;
  const why = `${count} rows of the list name no machine that can be told: one of them may be among the ${releases} that would be released`;
  throw new GuardError(why, { hint: 'Nothing was released. Mend the rows, or release by hand.' });
}

function rowsOf(machines: readonly string[]): InputRow[] {
  return machines.map((text, i) => ({ row: i + 1, text, deviceName: '', file: '--release', line: i + 1 }));
}

function noteOf({ due }: Releases): string {
  return `--release: ${due.length} machines that earlier --ensure runs of this state did it on, and that are not listed any more`;
}

function countsOf({ due, held, pending }: Releases): { readonly due: number; readonly held: number; readonly pending: number } {
  return { due: due.length, held: held.length, pending: pending.length };
}

/** A run of the inverse job like any other: no ensure run, all at once, in reports of its own. */
function settingsOfRelease(settings: Settings): Settings {
  const { report } = settings;
  const own = report === undefined || report.includes('{run}') ? report : `${report}/release`;
  return { ...settings, ensure: false, release: false, for: undefined, waves: [], order: 'list', report: own, resumeIfInterrupted: false };
}
