/** From a list to a run: read, decided, guarded, confirmed, carried out. */
import { GuardError, UsageError } from '../core/errors.ts';
import { finalOf, type Refusal } from '../core/guards.ts';
import type { Plan } from '../core/plan.ts';
import type { Job } from '../core/types.ts';
import type { Settings } from '../settings/settings.ts';
import { settingsOfSpeed } from '../wiring/built-in-emulator.ts';
import { openSession, type Session } from '../wiring/session.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { confirmCalls, type Briefing, type Confirm } from './confirm.ts';
import type { Ending } from './ending.ts';
import { unfinishedLike, type Likeness } from './find-run.ts';
import { jobNamed } from './job.ts';
import { readList, type TargetList } from './list.ts';
import { beginRun } from './begin.ts';
import { prepare, timingOf } from './prepare.ts';
import { requirePermission } from './permission.ts';
import { commentOf, emulatedMachines, refuseFlags, type StartRequest } from './request.ts';
import { goOn } from './resume.ts';
import { startPlan } from './start-plan.ts';

/**
 * Carries a job out on a list, or a saved plan (`settings.plan`), to its end.
 * @throws UserError for everything that stands against the run: nothing was sent then
 */
export async function start(given: StartRequest, tools: Tools): Promise<Ending> {
  const request = { ...given, settings: settingsOfSpeed(given.settings, given.settings.emulator) };
  refuseFlags(request.settings, ['noApi', 'out', 'detailedExitcode', 'all'], 'is for a preview: cordon preview, or run --dry-run');
  if (request.settings.plan !== undefined) return startPlan(request.settings.plan, request, tools);
  refuseFlags(request.settings, ['planHash', 'planMaxAge'], 'is for a saved plan: --plan FILE');
  return startList(request, tools);
}

async function startList(request: StartRequest, tools: Tools): Promise<Ending> {
  const { settings } = request;
  jobNamed(request.jobName);
  const list = await readList(request.lists, settings, request.stdin);
  requiredComment(settings);
  const session = await openSession({ settings, emulator: emulatorOf(request, list) }, tools);
  try {
    return await startIn(session, { jobName: request.jobName, list, confirm: request.confirm });
  } finally {
    await session.close();
  }
}

export interface Wanted {
  readonly jobName: string | undefined;
  readonly list: TargetList;
  readonly confirm: Confirm;
}

/** The same in a session that is open already. @throws as `start` does */
export async function startIn(session: Session, { jobName, list, confirm: ask }: Wanted): Promise<Ending> {
  const { settings, tools } = session;
  const job = jobNamed(jobName);
  const comment = requiredComment(settings);
  const interrupted = await interruptedRun(job, comment, list, session);
  if (interrupted) return goOn(interrupted, session);
  requirePermission(session, job);
  const prepared = await prepare({ job, list, settings, session });
  tools.listener({ kind: 'planned', plan: prepared.plan, refusals: prepared.refusals });
  await confirm(
    { job, comment, plan: prepared.plan, warnings: [...overruled(prepared.refusals, settings), ...prepared.warnings] },
    ask,
    session,
  );
  const { rows, outcomes } = prepared.plan;
  return beginRun({ job, comment, rows, outcomes, listHash: list.hash(), planHash: null }, session);
}

function emulatorOf({ settings, emulator }: StartRequest, list: TargetList) {
  if (!settings.emulator) return undefined;
  return { ...emulatedMachines(list.rows, settings.resolve), speed: settings.speed, ...emulator };
}

function requiredComment(settings: Settings): string {
  const comment = commentOf(settings);
  if (comment === undefined)
    throw new UsageError('--comment is missing', {
      hint: 'The API requires one, and the audit trail lives on it: --comment "INC-1234 ransomware".',
    });
  return comment;
}

/** The unfinished run that `--resume-if-interrupted` is to go on with, if there is one. */
async function interruptedRun(job: Job, comment: string, list: TargetList, { settings, state, identity }: Session) {
  if (!settings.resumeIfInterrupted) return undefined;
  const likeness: Likeness = {
    job: job.name,
    tenant: identity.tenant,
    comment,
    listHash: list.hash(),
    emulated: settings.emulator,
    since: clock.now() - settings.maxAge,
  };
  return unfinishedLike(state, likeness);
}

/** Refusals that a person may overrule come back as warnings. @throws GuardError for the others */
function overruled(refusals: readonly Refusal[], settings: Settings): string[] {
  const final = finalOf(refusals, !settings.yes && settings.confirm === undefined);
  if (final.length > 0)
    throw new GuardError(`refused: ${final.map(({ why }) => why).join('; ')}`, {
      hint: 'Nothing was sent. Look at the list with cordon preview; raise --max-targets if that is what stops it and the list is right.',
    });
  return refusals.map(({ why }) => why);
}

type Decided = { readonly job: Job; readonly comment: string; readonly plan: Plan; readonly warnings: readonly string[] };

async function confirm(decided: Decided, ask: Confirm, session: Session): Promise<void> {
  const { settings, identity, host, tools } = session;
  const briefing = async (): Promise<Briefing> => {
    const now = clock.now();
    const { eta } = await timingOf(decided.plan.calls, decided.job, settings, session, now);
    return { ...decided, tenant: identity.tenant, host, eta, now, emulated: settings.emulator };
  };
  await confirmCalls({ calls: decided.plan.calls, settings, briefing, confirm: ask, listener: tools.listener });
}
