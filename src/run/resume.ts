/** Goes on where a run was stopped or killed. Never asks: the run was confirmed when it began. */
import { formatDuration } from '../core/durations.ts';
import { PlanError, UsageError } from '../core/errors.ts';
import type { State } from '../core/ports.ts';
import type { Outcome, Run } from '../core/types.ts';
import { resolveEndpoints } from '../defender/clouds.ts';
import { withStored, type Settings } from '../settings/settings.ts';
import { settingsOfSpeed } from '../wiring/built-in-emulator.ts';
import type { Identity } from '../wiring/identity.ts';
import { openSession, type Session } from '../wiring/session.ts';
import { openStateOf } from '../wiring/state.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { carryOut } from './carry-out.ts';
import type { ConfirmWave } from './confirm.ts';
import type { Ending } from './ending.ts';
import { onlyUnfinished, runNamed, undoOf } from './find-run.ts';
import { jobNamed } from './job.ts';
import { requirePermission } from './permission.ts';

export interface ResumeRequest {
  /** The only unfinished run that touches real machines, if none is named. */
  readonly runId: string | undefined;
  readonly settings: Settings;
  readonly confirmWave?: ConfirmWave | undefined;
}

/** @throws UserError for everything that stands against it; nothing more was sent then */
export async function resume({ runId, settings, confirmWave }: ResumeRequest, tools: Tools): Promise<Ending> {
  const state = await openStateOf(runId, settings, tools);
  try {
    const run = runId === undefined ? await onlyUnfinished(state, settings, tools) : await runNamed(state, runId);
    return await resumeRun(run, state, settings, tools, confirmWave);
  } finally {
    await state.close();
  }
}

/** The same in a state that is open already and stays so: a worker has one for all its runs. @throws as `resume` does */
export async function resumeRun(run: Run, state: State, given: Settings, tools: Tools, confirmWave?: ConfirmWave): Promise<Ending> {
  const settings = settingsOfRun(run, given);
  const session = await openSession({ settings, state, ...(await placeOf(run, state, settings)) }, tools);
  try {
    return await goOn(run, session, confirmWave);
  } finally {
    await session.close();
  }
}

/** The same in a session that is open already. @throws as `resume` does */
export async function resumeIn(session: Session, runId: string | undefined, confirmWave?: ConfirmWave): Promise<Ending> {
  const { state, settings, tools } = session;
  const run = runId === undefined ? await onlyUnfinished(state, settings, tools) : await runNamed(state, runId);
  if (run.host !== session.host) throw new UsageError(`run ${run.id} is on ${run.host}, and this session on ${session.host}`);
  return goOn(run, session, confirmWave);
}

/** Goes on with a run in a session of its own state, tenant and host. */
export async function goOn(run: Run, session: Session, confirmWave?: ConfirmWave): Promise<Ending> {
  const settings = settingsOfRun(run, session.settings);
  checkAge(run, settings);
  await checkStanding(run, session);
  checkSame(run, session.identity);
  const job = jobNamed(run.job);
  const own = { ...session, settings };
  requirePermission(own, job);
  return carryOut({ run, job, resumed: true, reopen: reopened(settings), reissue: settings.reissue, confirmWave }, own);
}

/** What was stored with the run counts, unless a flag says otherwise. @throws UsageError where a flag may not */
function settingsOfRun(run: Run, given: Settings): Settings {
  const settings = settingsOfSpeed(withStored(given, run.settings), run.emulated);
  checkFixed(run, settings);
  return settings;
}

/** An emulated run's machines live in a new emulator; a real one stays where it was. */
async function placeOf(run: Run, state: State, settings: Settings) {
  if (!run.emulated) return { fixed: run };
  const machines = await Array.fromAsync(state.rows(run.id), ({ machineId }) => machineId);
  return { emulator: { machines, speed: settings.speed, tenant: run.tenant, clientId: run.clientId } };
}

/** Rows that were left unknown are always looked up again; the others only on request. */
function reopened({ retryFailed, retryRefused }: Settings): Outcome[] {
  return ['unknown', ...(retryFailed ? ['failed' as const] : []), ...(retryRefused ? ['refused' as const] : [])];
}

/** What a run is about does not change on the way. @throws UsageError */
function checkFixed(run: Run, settings: Settings): void {
  const { origin } = settings;
  if (origin.waves === 'flag' && run.released === undefined)
    throw new UsageError('--waves differs from the run’s own: it goes out all at once', {
      hint: 'Leave the flag out, or start a new run.',
    });
  const differs = (what: string, was: string): never => {
    throw new UsageError(`--${what} differs from the run's own: ${was}`, {
      hint: 'A run keeps its host, tenant, client, job and comment. Leave the flag out, or start a new run.',
    });
  };
  if (origin.comment === 'flag' && settings.comment !== run.comment) differs('comment', run.comment);
  if (origin.tenant === 'flag' && settings.tenant !== run.tenant) differs('tenant', run.tenant);
  if (origin.clientId === 'flag' && settings.clientId !== run.clientId) differs('client-id', run.clientId);
  const where = (['apiUrl', 'geo', 'cloud'] as const).find((name) => origin[name] === 'flag');
  if (run.emulated || where === undefined) return;
  const { cloud, geo, apiUrl } = settings;
  const { apiOrigin } = resolveEndpoints({ cloud, geo, apiUrl: origin.apiUrl === 'flag' ? apiUrl : undefined });
  if (apiOrigin !== run.host) differs(where === 'apiUrl' ? 'api-url' : where, run.host);
}

/** @throws UsageError for what is no job on a list, and for a run that somebody took back: it would be sent again */
async function checkStanding(run: Run, { state }: Session): Promise<void> {
  if (run.kind === 'cancel')
    throw new UsageError(`run ${run.id} cancels actions of ${run.originRun ?? 'another run'}`, {
      hint: `cordon cancel ${run.originRun ?? 'RUN'} goes on with what is open.`,
    });
  const by = await undoOf(run, state);
  if (by)
    throw new UsageError(`run ${run.id} was taken back by run ${by.id}: going on would send the rest of it`, {
      hint: 'A new run calls the machines that are meant now.',
    });
}

function checkAge(run: Run, { maxAge }: Settings): void {
  const age = clock.now() - run.createdAt;
  if (age > maxAge)
    throw new PlanError(`run ${run.id} is ${formatDuration(age)} old, and --max-age is ${formatDuration(maxAge)}`, {
      hint: 'The machines may have changed since: preview the list again, or raise --max-age.',
    });
}

/** The token in hand may speak for somebody else than the run began as. */
function checkSame(run: Run, identity: Identity): void {
  for (const [what, was, is] of [
    ['tenant', run.tenant, identity.tenant],
    ['client', run.clientId, identity.clientId],
  ])
    if (was !== is)
      throw new UsageError(`the credentials are for another ${what} (${is || 'unknown'}) than the run's (${was || 'unknown'})`);
}
