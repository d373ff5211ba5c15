/** `cordon run JOB LIST…` and `cordon run --plan FILE`: from a list, or a saved plan, to reports. */
import type { ExitCode } from '../../core/exit.ts';
import { finalOf, type Refusal } from '../../core/guards.ts';
import type { Plan } from '../../core/plan.ts';
import type { Job } from '../../core/types.ts';
import { GuardError, UsageError } from '../../core/errors.ts';
import { confirmCalls } from './confirm.ts';
import { settingsOfSpeed } from '../../wiring/built-in-emulator.ts';
import { unfinishedLike } from '../../run/find-run.ts';
import { jobNamed } from '../../run/job.ts';
import { readList, type TargetList } from '../../run/list.ts';
import { startRun } from '../../run/start.ts';
import { carryOutPlan } from './run-plan.ts';
import { needsFacts, prepare, timingOf } from '../../run/prepare.ts';
import { preview } from './preview.ts';
import { questionFor, strays } from '../views/question.ts';
import { commentOf, emulatedMachines, openReach, refuseFlags, type JobInput, type Reach } from '../../wiring/session.ts';
import { goOn } from './resume.ts';
import { checkPermission, clock, type Tools } from '../../wiring/connection.ts';

/** @throws UserError for everything that stands against the run; nothing was sent then */
export async function run(given: JobInput, tools: Tools): Promise<ExitCode> {
  if (given.settings.dryRun) return preview(given, tools);
  refuseFlags(given.sources, ['noApi', 'out', 'detailedExitcode', 'all'], 'is for a preview: cordon preview, or run --dry-run');
  const input = { ...given, settings: settingsOfSpeed(given.settings, given.settings.emulator) };
  if (input.settings.plan !== undefined) return carryOutPlan(input.settings.plan, input, tools);
  refuseFlags(given.sources, ['planHash', 'planMaxAge'], 'is for a saved plan: --plan FILE');
  return runList(input, tools);
}

async function runList(input: JobInput, tools: Tools): Promise<ExitCode> {
  const { settings, sources } = input;
  const job = jobNamed(input.jobName);
  const comment = requiredComment(input);
  const list = await readList(input.lists, settings, tools.io);
  const reach = await openReach(input, emulatedMachines(list.rows, settings.resolve), tools);
  try {
    const interrupted = settings.resumeIfInterrupted && (await unfinishedLike(reach.state, likeness(job, comment, list, input, reach)));
    if (interrupted) return await goOn(interrupted, reach.state, sources, tools);
    checkPermission(reach.bearer, job, tools.display);
    const prepared = await prepare(job, list, settings, needsFacts(list, settings) ? { reach, tools } : undefined, reach);
    for (const stray of strays(prepared.plan)) tools.display.log.warn({}, stray);
    await confirm(job, prepared.plan, overruled(prepared.refusals, input), input, reach);
    const { rows, outcomes } = prepared.plan;
    return await startRun({ job, comment, rows, outcomes, listHash: list.hash(), planHash: null, settings }, reach, input, tools);
  } finally {
    await reach.close();
  }
}

function requiredComment({ settings }: JobInput): string {
  const comment = commentOf(settings);
  if (comment === undefined)
    throw new UsageError('--comment is missing', {
      hint: 'The API requires one, and the audit trail lives on it: --comment "INC-1234 ransomware".',
    });
  return comment;
}

function likeness(
  job: Job,
  comment: string,
  list: TargetList,
  { settings }: JobInput,
  { identity }: Reach,
): Parameters<typeof unfinishedLike>[1] {
  return {
    job: job.name,
    tenant: identity.tenant,
    comment,
    listHash: list.hash(),
    emulated: settings.emulator,
    since: clock.now() - settings.maxAge,
  };
}

/** Refusals that a person may overrule come back as warnings. @throws GuardError for the others */
function overruled(refusals: readonly Refusal[], { settings }: JobInput): string[] {
  const final = finalOf(refusals, !settings.yes && settings.confirm === undefined);
  if (final.length > 0)
    throw new GuardError(`refused: ${final.map(({ why }) => why).join('; ')}`, {
      hint: 'Nothing was sent. Look at the list with cordon preview; raise --max-targets if that is what stops it and the list is right.',
    });
  return refusals.map(({ why }) => why);
}

async function confirm(job: Job, plan: Plan, warnings: readonly string[], { settings, ask }: JobInput, reach: Reach): Promise<void> {
  const question = async (): Promise<string> => {
    const now = clock.now();
    const { host } = reach.connection;
    const { eta } = await timingOf(plan.calls, job, settings, { ...reach, host }, now);
    return questionFor({ job, plan, tenant: reach.identity.tenant, host, eta, now, emulated: settings.emulator, warnings });
  };
  const { yes, confirm } = settings;
  try {
    await confirmCalls({ calls: plan.calls, question, yes: yes || plan.calls === 0, confirm, ask });
  } catch (error) {
    if (!(error instanceof GuardError) || warnings.length === 0) throw error;
    throw new GuardError(`${warnings.join('; ')}; ${error.message}`, { ...(error.hint && { hint: error.hint }), cause: error });
  }
}
