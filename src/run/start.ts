/** From a list to a run: read, decided, guarded, confirmed, carried out. */
import { briefingOf, type Briefing, type BriefingInput } from '../core/briefing.ts';
import { GuardError, UsageError } from '../core/errors.ts';
import { answersTo, finalOf, type Refusal } from '../core/guards.ts';
import type { Plan } from '../core/plan.ts';
import type { Settings } from '../settings/settings.ts';
import { settingsOfSpeed } from '../wiring/built-in-emulator.ts';
import { openSession, type Session } from '../wiring/session.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { beginRun, type Begin } from './begin.ts';
import { confirmCalls, type Confirm, type ConfirmWave } from './confirm.ts';
import type { Ending } from './ending.ts';
import { ensure } from './ensure.ts';
import { unfinishedLike } from './find-run.ts';
import { orderOf, type Order } from './job.ts';
import { listFor, readList, type TargetList } from './list.ts';
import { requirePermission } from './permission.ts';
import { prepare, timingOf, type Decide, type Prepared } from './prepare.ts';
import { commentOf, emulatedMachines, refuseFlags, type StartRequest } from './request.ts';
import { goOn } from './resume.ts';
import { startPlan } from './start-plan.ts';
import { withRoles } from './role-exclusions.ts';
import { withSources } from './tenant-lists.ts';

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
  const { settings, jobName, confirm, confirmWave, begin } = request;
  orderOf(jobName, settings, request.lists);
  const list = await readList(request.lists, settings, request.stdin);
  requiredComment(settings);
  const session = await openSession({ settings, emulator: emulatorOf(request, list) }, tools);
  try {
    return await startIn(session, { jobName, list, confirm, confirmWave, begin });
  } finally {
    await session.close();
  }
}

export interface ToStart {
  readonly jobName: string | undefined;
  readonly list: TargetList;
  readonly confirm: Confirm;
  readonly begin?: Begin | undefined;
  readonly confirmWave?: ConfirmWave | undefined;
  /** Told what was found out and decided, before anybody is asked. */
  readonly onPrepared?: ((prepared: Prepared) => void) | undefined;
}

/** The same in a session that is open already. @throws as `start` does */
export async function startIn(session: Session, wanted: ToStart): Promise<Ending> {
  if (session.settings.ensure) return ensure(session, wanted, startOnce);
  refuseFlags(session.settings, ['release', 'for'], 'is for --ensure');
  return startOnce(session, wanted);
}

async function startOnce(session: Session, wanted: ToStart): Promise<Ending> {
  const { settings } = session;
  const order = orderOf(wanted.jobName, settings);
  const comment = requiredComment(settings);
  const list = listFor(await withRoles(await withSources(wanted.list, session), settings.excludeRole, session), order);
  const interrupted = await interruptedRun(order, comment, list, session);
  const { confirmWave, onPrepared } = wanted;
  if (interrupted) return goOn(interrupted, session, confirmWave);
  const plan = await confirmedPlan({ ...order, comment, list, confirm: wanted.confirm, onPrepared }, session);
  return (wanted.begin ?? beginRun)({ ...order, comment, rows: plan.rows, list, planHash: null, confirmWave }, session);
}

export interface ToConfirm extends Order {
  readonly comment: string;
  readonly list: TargetList;
  readonly confirm: Confirm;
  readonly decide?: Decide;
  /** Told what was found out and decided, before anybody is asked. */
  readonly onPrepared?: ((prepared: Prepared) => void) | undefined;
}

/** What is to be called, decided and guarded and confirmed. @throws GuardError when a guard refuses, or nobody confirms */
export async function confirmedPlan(
  { list, confirm: ask, comment, decide, onPrepared, ...order }: ToConfirm,
  session: Session,
): Promise<Plan> {
  const { settings, tools } = session;
  requirePermission(session, order.job);
  const prepared = await prepare({ ...order, list, settings, session, decide });
  const { plan, refusals, warnings } = prepared;
  tools.listener({ kind: 'planned', plan, refusals });
  mustBeOverrulable(refusals, settings);
  onPrepared?.(prepared);
  // Where nobody is asked, nobody would read them.
  if (settings.yes || settings.confirm !== undefined) for (const warning of warnings) tools.log.warn({ event: 'facts.missing' }, warning);
  await confirm({ ...order, comment, plan, refusals, notes: [...list.notes, ...warnings] }, ask, session);
  return plan;
}

function emulatorOf({ settings, emulator }: StartRequest, list: TargetList) {
  if (!settings.emulator) return undefined;
  return { ...emulatedMachines(list.rows, settings.resolve !== false), speed: settings.speed, ...emulator };
}

/** @throws UsageError without one */
export function requiredComment(settings: Settings): string {
  const comment = commentOf(settings);
  if (comment === undefined)
    throw new UsageError('--comment is missing', {
      hint: 'The API requires one, and the audit trail lives on it: --comment "INC-1234 ransomware".',
    });
  return comment;
}

/** The unfinished run that `--resume-if-interrupted` is to go on with, if there is one. */
async function interruptedRun({ job, parameters }: Order, comment: string, list: TargetList, { settings, state, identity }: Session) {
  if (!settings.resumeIfInterrupted) return undefined;
  return unfinishedLike(state, {
    job: job.name,
    parameters,
    tenant: identity.tenant,
    comment,
    listHash: list.hash(),
    emulated: settings.emulator,
    since: clock.now() - settings.maxAge,
  });
}

/** @throws GuardError for refusals that nobody is there, or allowed, to overrule */
function mustBeOverrulable(refusals: readonly Refusal[], settings: Settings): void {
  const final = finalOf(refusals, !settings.yes && settings.confirm === undefined);
  if (final.length === 0) return;
  throw new GuardError(`refused: ${final.map(({ why }) => why).join('; ')}`, {
    hint: `Nothing was sent. cordon preview shows the list. ${answersTo(final)}`.trim(),
  });
}

type Decided = Pick<BriefingInput, 'job' | 'parameters' | 'comment' | 'plan' | 'refusals' | 'notes'>;

async function confirm(decided: Decided, ask: Confirm, session: Session): Promise<void> {
  const { settings, identity, host, tools } = session;
  const { job, plan } = decided;
  const briefing = async (): Promise<Briefing> => {
    const now = clock.now();
    const { eta } = await timingOf(plan.calls, job, settings, session, now);
    return briefingOf({ ...decided, tenant: identity.tenant, host, eta, now, emulated: settings.emulator });
  };
  await confirmCalls({ job, calls: plan.calls, settings, briefing, confirm: ask, listener: tools.listener });
}
