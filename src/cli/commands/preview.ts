/** `cordon preview JOB LIST…`: which machines, which not and why, how long, and what would stop it. Sends no POST. */
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { finalOf } from '../../core/guards.ts';
import type { Job } from '../../core/types.ts';
import { resolveEndpoints } from '../../defender/clouds.ts';
import { AuthError, UsageError } from '../../core/errors.ts';
import { FLAGS } from '../../settings/flags.ts';
import { writeReports } from '../../reports/index.ts';
import { reportFolder } from '../../run/carry-out.ts';
import { settingsOfSpeed } from '../../wiring/built-in-emulator.ts';
import { jobNamed } from '../../run/job.ts';
import { readList, type TargetList } from '../../run/list.ts';
import { savePlan } from '../../run/saved-plan.ts';
import { prepare, timingOf, type Where } from '../../run/prepare.ts';
import { previewJson } from '../views/preview-json.ts';
import { reportOfPreview, type Preview, type SavedFile } from '../../run/preview.ts';
import { previewText } from '../views/preview-text.ts';
import { commentOf, emulatedMachines, openReach, refuseFlags, type JobInput, type Reach } from '../../wiring/session.ts';
import { checkPermission, clock, openState, type Identity, type Tools } from '../../wiring/connection.ts';

/** @throws UserError when the list, the exclusions or the facts cannot be read */
export async function preview(given: JobInput, tools: Tools): Promise<ExitCode> {
  const input = { ...given, settings: settingsOfSpeed(given.settings, given.settings.emulator) };
  const { settings } = input;
  refuseFlags(given.sources, ['plan', 'planHash', 'planMaxAge'], 'is for run: a saved plan is carried out, not previewed');
  if (settings.noApi && settings.resolve) throw new UsageError('--resolve looks names up in the API, which --no-api rules out');
  const job = jobNamed(input.jobName);
  const list = await readList(input.lists, settings, tools.io);
  const made = settings.noApi ? await offline(job, list, input, tools) : await online(job, list, input, tools);
  return finish(made, input, tools);
}

async function online(job: Job, list: TargetList, input: JobInput, tools: Tools): Promise<Preview> {
  const reach = await signedIn(input, list, tools);
  try {
    const warnings = missingPermission(reach, job, tools);
    const prepared = await prepare(job, list, input.settings, { reach, tools });
    const { host } = reach.connection;
    return await previewOf({ job, list, input, tools, prepared, warnings, where: { ...reach, host } });
  } finally {
    await reach.close();
  }
}

async function signedIn(input: JobInput, list: TargetList, tools: Tools): Promise<Reach> {
  try {
    return await openReach(input, emulatedMachines(list.rows, input.settings.resolve), tools);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    throw new AuthError(error.message, {
      hint: `${error.hint ?? ''} Or --no-api: a preview that makes no API call at all.`.trim(),
      cause: error,
    });
  }
}

/** Reading needs less than carrying out: a preview may be made by somebody who could not run it. */
function missingPermission({ bearer }: Reach, job: Job, { display }: Tools): string[] {
  try {
    checkPermission(bearer, job, display);
    return [];
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    return [`a run would stop with exit code ${error.exitCode}: ${error.message}`];
  }
}

async function offline(job: Job, list: TargetList, input: JobInput, tools: Tools): Promise<Preview> {
  const { settings } = input;
  const prepared = await prepare(job, list, settings, undefined);
  const { env } = tools.io;
  const tenant = settings.tenant ?? env['AZURE_TENANT_ID'] ?? '';
  const clientId = settings.clientId ?? env['AZURE_CLIENT_ID'] ?? '';
  const identity: Identity = { tenant, clientId, certain: Boolean(tenant && clientId) };
  const { apiOrigin: host } = resolveEndpoints({
    cloud: settings.cloud,
    geo: settings.geo,
    apiUrl: settings.apiUrl,
    authorityHost: env['AZURE_AUTHORITY_HOST'],
  });
  const state = identity.certain ? openState(settings, settings.emulator, tools) : undefined;
  try {
    return await previewOf({ job, list, input, tools, prepared, warnings: [], where: { state, identity, host } });
  } finally {
    await state?.close();
  }
}

interface Parts {
  readonly job: Job;
  readonly list: TargetList;
  readonly input: JobInput;
  readonly tools: Tools;
  readonly prepared: Preview['prepared'];
  readonly warnings: readonly string[];
  readonly where: Where;
}

async function previewOf({ job, list, input, tools, prepared, warnings, where }: Parts): Promise<Preview> {
  const { settings } = input;
  const now = clock.now();
  const comment = commentOf(settings);
  const timing = await timingOf(prepared.plan.calls, job, settings, where, now);
  // Nobody chose the default limit: a preview shows that a run would ask, and does not take it for a refusal.
  const isDefaultLimit = settings.maxTargets === FLAGS.maxTargets.default;
  const canAsk = (tools.display.terminal || isDefaultLimit) && !settings.yes && settings.confirm === undefined;
  const final = finalOf(prepared.refusals, canAsk);
  const { identity, host } = where;
  return { job, list, settings, prepared, timing, now, identity, host, comment, final, warnings, env: tools.io.env };
}

async function finish(made: Preview, { settings }: JobInput, tools: Tools): Promise<ExitCode> {
  const plan = settings.out === undefined ? undefined : await savePlan(settings.out, made);
  const files = settings.report === undefined ? [] : await saveReport(settings.report, made, plan);
  const exitCode = exitOf(made);
  const shown = { made, plan, files, exitCode };
  for await (const piece of settings.json ? previewJson(shown) : previewText(shown)) tools.io.stdout.write(piece);
  return exitCode;
}

async function saveReport(folder: string, made: Preview, plan: SavedFile | undefined): Promise<string[]> {
  const report = reportOfPreview(made, plan);
  return writeReports(report, reportFolder(folder, report.run.id));
}

function exitOf({ final, prepared, settings }: Preview): ExitCode {
  if (final.length > 0) return EXIT.guard;
  return settings.detailedExitcode && prepared.plan.calls > 0 ? EXIT.workToDo : EXIT.ok;
}
