/** `run --plan FILE`: exactly what was saved, once. */
import { resolve } from 'node:path';
import { formatDuration } from '../core/durations.ts';
import { GuardError, PlanError, StateError, UsageError } from '../core/errors.ts';
import { answersTo, finalOf, guard, type GuardInput } from '../core/guards.ts';
import type { SavedPlan } from '../core/plan-file.ts';
import type { Settings } from '../settings/settings.ts';
import { openSession, type Session } from '../wiring/session.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { beginRun } from './begin.ts';
import type { Ending } from './ending.ts';
import { jobNamed } from './job.ts';
import { requirePermission } from './permission.ts';
import { commentOf, refuseFlags, type StartRequest } from './request.ts';
import { capOf } from './prepare.ts';
import { loadPlan, roleName } from './saved-plan.ts';

const AGAIN = { hint: 'Nothing was sent. Make a new plan with cordon preview --out.' };

/**
 * @throws PlanError (exit 7) when the plan was altered, is too old, of another tenant or already carried out
 * @throws GuardError (exit 6) when a guard of the plan or of this run refuses
 */
export async function startPlan(path: string, request: StartRequest, tools: Tools): Promise<Ending> {
  const { settings } = request;
  refuseFlags(
    settings,
    ['machine', 'column', 'facts', 'resolve', 'again', 'callIneligible', 'allowEmpty', 'order', 'ensure', 'release', 'for'],
    'is for the preview that makes the plan: the plan says what is done',
  );
  const typed = Object.entries(settings.sources.jobFlags ?? {}).find(([, value]) => value !== undefined);
  if (typed) throw new UsageError(`--${typed[0]} is for the preview that makes the plan: the plan says what is done`);
  if (request.lists.length > 0 || settings.from.length > 0) throw new UsageError('a plan and a list: the plan has its rows already');
  const plan = await loadPlan(path);
  checkPlan(plan, request);
  const comment = commentOfPlan(plan, settings);
  const job = jobNamed(plan.job);
  const session = await openSession({ settings: { ...settings, ensure: false }, emulator: emulatorOf(plan, request) }, tools);
  try {
    checkTenant(plan, session);
    await checkFirstTime(plan, session);
    checkGuards(plan, settings, await capOf(job, session));
    requirePermission(session, job);
    const list = { rows: [], hash: () => plan.listHash, fromTenant: false };
    const wanted = {
      job,
      parameters: plan.parameters ?? {},
      comment,
      rows: plan.rows,
      list,
      planHash: plan.sha256,
      confirmWave: request.confirmWave,
    };
    return await once(plan, session, () => (request.begin ?? beginRun)(wanted, session));
  } finally {
    await session.close();
  }
}

function emulatorOf({ rows }: SavedPlan, { settings, emulator }: StartRequest) {
  if (!settings.emulator) return undefined;
  const machines = rows.filter(({ skip }) => skip !== 'invalid').map(({ machineId }) => machineId);
  return { machines, speed: settings.speed, ...emulator };
}

/** All that can be checked before anybody signs in. */
function checkPlan(plan: SavedPlan, { settings, jobName }: StartRequest): void {
  const { planHash, planMaxAge, exclude, excludeRole, emulator } = settings;
  if (planHash !== undefined && planHash.trim().toLowerCase() !== plan.sha256)
    throw new PlanError(`the plan has the hash ${plan.sha256}, and --plan-hash is ${planHash}`, {
      hint: 'Nothing was sent. This is not the plan that was agreed to.',
    });
  const age = clock.now() - Date.parse(plan.createdAt);
  if (age > planMaxAge)
    throw new PlanError(`the plan is ${formatDuration(age)} old, and --plan-max-age is ${formatDuration(planMaxAge)}`, AGAIN);
  if (jobName !== undefined && jobName !== plan.job) throw new PlanError(`the plan is for ${plan.job}, not for ${jobName}`, AGAIN);
  if (plan.emulated !== emulator)
    throw new PlanError(plan.emulated ? 'the plan was made with --emulator' : 'the plan is for real machines, not for --emulator', AGAIN);
  const wanted = [...exclude.map((file) => resolve(file)), ...excludeRole.map(roleName)];
  const missing = wanted.find((name) => !plan.exclusions.files.includes(name));
  if (missing !== undefined) throw new PlanError(`the plan was made without the exclusions of ${missing}`, AGAIN);
}

function commentOfPlan(plan: SavedPlan, settings: Settings): string {
  const given = commentOf(settings);
  if (plan.comment === null && given === undefined) throw new UsageError('the plan has no comment: --comment is missing');
  if (plan.comment !== null && given !== undefined && given !== plan.comment)
    throw new PlanError(`the plan's comment is "${plan.comment}", and --comment says otherwise`, {
      hint: 'Nothing was sent. Leave --comment out, or make a new plan.',
    });
  return plan.comment ?? given ?? '';
}

/** Where nobody says which tenant it is, the host must be the same at least. */
function checkTenant(plan: SavedPlan, { identity, host }: Session): void {
  if (plan.tenant !== identity.tenant)
    throw new PlanError(`the plan is of tenant ${plan.tenant || '(not known)'}, and this is ${identity.tenant || '(not known)'}`, AGAIN);
  if (plan.tenant === '' && plan.host !== host) throw new PlanError(`the plan is for ${plan.host}, and this is ${host}`, AGAIN);
}

async function checkFirstTime({ sha256 }: SavedPlan, { state }: Session): Promise<void> {
  const before = await state.runOfPlan(sha256);
  if (!before) return;
  const hint = before.status === 'done' ? AGAIN.hint : `Nothing was sent. Go on with it: cordon resume ${before.id}`;
  throw new PlanError(`the plan was already carried out by run ${before.id}`, { hint });
}

/** Two processes with one plan: the state lets one of them have it. */
async function once(plan: SavedPlan, session: Session, start: () => Promise<Ending>): Promise<Ending> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof StateError) await checkFirstTime(plan, session);
    throw error;
  }
}

/** The size is judged by this run's own limit; what else stood against the plan still does. */
function checkGuards({ rows, guards, onboarded }: SavedPlan, settings: Settings, cap: GuardInput['cap']): void {
  const { maxTargets: limit, confirm, allowUnmatchedExclusions } = settings;
  const calls = rows.filter(({ skip }) => skip === undefined).length;
  const limitIsDefault = settings.origin.maxTargets === 'default';
  const own = guard({ plan: { calls, unclear: undefined }, limit, limitIsDefault, confirm, onboarded: onboarded ?? undefined, cap });
  const judgedAnew = new Set<string>(['max-targets', 'cap', ...(allowUnmatchedExclusions ? ['unmatched-exclusions'] : [])]);
  const final = finalOf([...own, ...guards.filter((refusal) => !judgedAnew.has(refusal.guard))], false);
  if (final.length === 0) return;
  throw new GuardError(`refused: ${final.map(({ why }) => why).join('; ')}`, { hint: `Nothing was sent. ${answersTo(final)}`.trim() });
}
