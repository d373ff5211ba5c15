/** What a run would do: which machines, which not and why, how long, and what would stop it. Sends no POST. */
import { AuthError, UsageError } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import { finalOf, type Refusal } from '../core/guards.ts';
import type { Job } from '../core/types.ts';
import { resolveEndpoints } from '../defender/clouds.ts';
import { writeReports } from '../reports/index.ts';
import type { Settings } from '../settings/settings.ts';
import { settingsOfSpeed } from '../wiring/built-in-emulator.ts';
import { checkPermission, type Identity } from '../wiring/identity.ts';
import { openSession, type Session } from '../wiring/session.ts';
import { openState } from '../wiring/state.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { reportFolder } from './finish.ts';
import { refuseOverwriting } from './inputs.ts';
import { orderOf, type Order } from './job.ts';
import { listFor, readList, type TargetList } from './list.ts';
import { prepare, timingOf, type Decide, type Place, type Prepared } from './prepare.ts';
import { reportOfPreview, type Preview, type SavedFile } from './preview-report.ts';
import { commentOf, emulatedMachines, refuseFlags, type JobRequest } from './request.ts';
import { withRoles } from './role-exclusions.ts';
import { withSources } from './tenant-lists.ts';
import { savePlan } from './saved-plan.ts';

export interface PreviewRequest extends JobRequest {
  /** Somebody could answer a question: what they may overrule is no refusal then. */
  readonly canAsk: boolean;
}

/** A preview, and what was saved of it. */
export interface PreviewEnding {
  readonly made: Preview;
  /** The plan's file, where one was saved. */
  readonly plan: SavedFile | undefined;
  /** Report files. */
  readonly files: readonly string[];
  readonly exitCode: ExitCode;
}

/** @throws UserError when the list, the exclusions or the facts cannot be read, or a file cannot be written */
export async function preview(given: PreviewRequest, tools: Tools): Promise<PreviewEnding> {
  const request = { ...given, settings: settingsOfSpeed(given.settings, given.settings.emulator) };
  const { settings } = request;
  refuseFlags(settings, ['plan', 'planHash', 'planMaxAge'], 'is for run: a saved plan is carried out, not previewed');
  if (settings.tenantColumn !== undefined || settings.tenants !== undefined)
    throw new UsageError('a list over many tenants is previewed one tenant at a time', {
      hint: 'Its rows with --tenant ID. A run of the whole list asks once, about all tenants, before anything is sent.',
    });
  if (settings.noApi && settings.from.length > 0) throw new UsageError('--from reads the list from the tenant, which --no-api rules out');
  if (settings.noApi && settings.excludeRole.length > 0)
    throw new UsageError('--exclude-role asks the exposure graph, which --no-api rules out');
  if (settings.noApi && settings.resolve) throw new UsageError('--resolve looks names up in the API, which --no-api rules out');
  const order = orderOf(request.jobName, settings, request.lists);
  if (settings.out !== undefined) await refuseOverwriting('--out', settings.out, inputsOf(request));
  const list = await readList(request.lists, settings, request.stdin);
  if (settings.noApi) return saved(await offline(order, listFor(list, order), request, tools));
  const session = await signedIn(request, list, tools);
  try {
    return await previewIn(session, { jobName: request.jobName, list, canAsk: request.canAsk });
  } finally {
    await session.close();
  }
}

/** Files that a preview reads. */
function inputsOf({ lists, settings: { exclude, from } }: PreviewRequest): string[] {
  const queries = from.flatMap((source) => (source.startsWith('query:') ? [source.slice('query:'.length)] : []));
  return [...lists.filter((path) => path !== '-'), ...exclude, ...queries];
}

export interface Previewed {
  readonly jobName: string | undefined;
  readonly list: TargetList;
  readonly canAsk: boolean;
  readonly decide?: Decide;
}

/** The same in a session that is open already. @throws as `preview` does */
export async function previewIn(session: Session, { jobName, list: given, canAsk, decide }: Previewed): Promise<PreviewEnding> {
  const { settings, tools } = session;
  const order = orderOf(jobName, settings);
  const list = listFor(await withRoles(await withSources(given, session), settings.excludeRole, session), order);
  const warnings = [...list.notes, ...missingPermission(session, order.job)];
  const prepared = await prepare({ ...order, list, settings, session, decide });
  return saved(await previewOf({ order, list, settings, canAsk, tools, prepared, warnings, place: session }));
}

async function signedIn({ settings, emulator: wanted }: PreviewRequest, list: TargetList, tools: Tools): Promise<Session> {
  const emulator = settings.emulator
    ? { ...emulatedMachines(list.rows, settings.resolve !== false), speed: settings.speed, ...wanted }
    : undefined;
  try {
    return await openSession({ settings, emulator }, tools);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    throw new AuthError(error.message, {
      hint: `${error.hint ?? ''} Or --no-api: a preview that makes no API call at all.`.trim(),
      cause: error,
    });
  }
}

/** Reading needs less than carrying out: a preview may be made by somebody who could not run it. */
function missingPermission({ granted }: Session, job: Job): string[] {
  try {
    checkPermission(granted, job);
    return [];
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    return [`a run would stop with exit code ${error.exitCode}: ${error.message}`];
  }
}

async function offline(order: Order, list: TargetList, request: PreviewRequest, tools: Tools): Promise<Preview> {
  const { settings } = request;
  const prepared = await prepare({ ...order, list, settings, session: undefined });
  const { env } = tools;
  const tenant = settings.tenant ?? env['AZURE_TENANT_ID'] ?? '';
  const clientId = settings.clientId ?? env['AZURE_CLIENT_ID'] ?? '';
  const identity: Identity = { tenant, clientId, certain: Boolean(tenant && clientId) };
  const { cloud, geo, apiUrl } = settings;
  const { apiOrigin: host } = resolveEndpoints({ cloud, geo, apiUrl, authorityHost: env['AZURE_AUTHORITY_HOST'] });
  const state = identity.certain ? await openState(settings, settings.emulator, tools) : undefined;
  try {
    return await previewOf({
      order,
      list,
      settings,
      canAsk: request.canAsk,
      tools,
      prepared,
      warnings: [],
      place: { state, identity, host },
    });
  } finally {
    await state?.close();
  }
}

interface Parts {
  readonly order: Order;
  readonly list: TargetList;
  readonly settings: Settings;
  readonly canAsk: boolean;
  readonly tools: Tools;
  readonly prepared: Prepared;
  readonly warnings: readonly string[];
  readonly place: Place;
}

async function previewOf({ order, list, settings, canAsk: isAsked, tools, prepared, warnings, place }: Parts): Promise<Preview> {
  const now = clock.now();
  const comment = commentOf(settings);
  const timing = await timingOf(prepared.plan.calls, order.job, settings, place, now);
  // Nobody chose the default limit: a preview shows that a run would ask, and does not take it for a refusal.
  const isDefaultLimit = settings.origin.maxTargets === 'default';
  const canAsk = ({ guard }: Refusal): boolean => isAsked || (isDefaultLimit && guard === 'max-targets');
  const isAnswered = settings.yes || settings.confirm !== undefined;
  const final = prepared.refusals.flatMap((refusal) => finalOf([refusal], !isAnswered && canAsk(refusal)));
  const { identity, host } = place;
  return {
    ...order,
    list,
    settings,
    prepared,
    timing,
    now,
    identity,
    host,
    comment,
    final,
    warnings: [...warnings, ...prepared.warnings],
    env: tools.env,
  };
}

async function saved(made: Preview): Promise<PreviewEnding> {
  const { out, report: folder } = made.settings;
  const plan = out === undefined ? undefined : await savePlan(out, made);
  const files = folder === undefined ? [] : await reported(folder, made, plan);
  return { made, plan, files, exitCode: exitOf(made) };
}

async function reported(folder: string, made: Preview, plan: SavedFile | undefined): Promise<readonly string[]> {
  const report = reportOfPreview(made, plan);
  return writeReports(async () => report, reportFolder(folder, report.run.id), { names: made.settings.formats, kind: 'plan' });
}

function exitOf({ final, prepared, settings }: Preview): ExitCode {
  if (final.length > 0) return EXIT.guard;
  return settings.detailedExitcode && prepared.plan.calls > 0 ? EXIT.workToDo : EXIT.ok;
}
