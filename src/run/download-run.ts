/** `cordon download RUN --to DIR`: the run's own host and tenant, its packages, its folder. */
import { UsageError } from '../core/errors.ts';
import type { Run } from '../core/types.ts';
import type { HaltReason } from '../engine/attempts/halt.ts';
import { wait } from '../engine/attempts/wait.ts';
import { packageLink, packageStatuses } from '../engine/reads/packages.ts';
import { PACKAGE_WINDOWS, withLane } from '../engine/reads/service.ts';
import { stopped } from '../engine/reads/required.ts';
import { withStored, type Settings } from '../settings/settings.ts';
import { packageFetcher } from '../wiring/fetch-package.ts';
import { servicesOf } from '../wiring/services.ts';
import { openSession, type Session } from '../wiring/session.ts';
import { openStateOf } from '../wiring/state.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { downloadPackages, type Downloaded, type Package } from './download.ts';
import { runNamed } from './find-run.ts';
import { haltOfReads } from './stop.ts';

export interface DownloadRequest {
  /** The newest run of `collect` when none is named. */
  readonly runId: string | undefined;
  readonly settings: Settings;
  /** The folder. */
  readonly to: string;
  /** So long packages that are not ready are waited for, ms; default: not at all. */
  readonly timeoutMs?: number;
  readonly onPackage?: (each: Package) => void;
}

export interface DownloadedRun extends Downloaded {
  readonly run: Run;
  /** Why it ended early, where it did: a signal, an outage, a token that is refused. */
  readonly halted: HaltReason | undefined;
}

/**
 * Fetches what is ready; the same again goes on.
 * @throws UsageError (exit 2) when there is no such run, or it collected nothing
 * @throws AuthError, UserError as the reads do
 */
export async function download(request: DownloadRequest, tools: Tools): Promise<DownloadedRun> {
  const state = await openStateOf(request.runId, request.settings, tools);
  try {
    const run = request.runId === undefined ? await newestCollect(state) : await runNamed(state, request.runId);
    if (run.emulated) throw new UsageError(`run ${run.id} was emulated: its packages are gone with its emulator`);
    const session = await openSession({ settings: withStored(request.settings, run.settings), fixed: run, state }, tools);
    try {
      return await downloadIn(session, run, request);
    } finally {
      await session.close();
    }
  } finally {
    await state.close();
  }
}

async function newestCollect(state: Session['state']): Promise<Run> {
  const found = (await state.runs()).find(({ job, emulated }) => job === 'collect' && !emulated);
  if (!found)
    throw new UsageError('there is no run of collect in this state', { hint: 'cordon runs lists the runs; --state names another file.' });
  return found;
}

async function downloadIn(
  session: Session,
  run: Run,
  { to, timeoutMs = 0, onPackage = () => {} }: DownloadRequest,
): Promise<DownloadedRun> {
  const { state, tools } = session;
  const reading = haltOfReads(tools.signal, 'stopped between two packages');
  const { halt } = reading;
  const { mde } = servicesOf(session, halt);
  try {
    const result = await withLane(mde, 'getPackageUri', PACKAGE_WINDOWS, (lane) =>
      downloadPackages(
        run,
        { folder: to, until: clock.now() + timeoutMs },
        {
          rows: () => state.rows(run.id),
          statuses: () => packageStatuses(mde, halt),
          link: (actionId) => packageLink(mde, lane, halt, actionId),
          fetch: packageFetcher(tools, halt.answersSignal),
          pause: (ms) => wait(ms, halt.signal),
          told: onPackage,
          hide: (secret) => tools.secrets.hide(secret),
          now: clock.now,
        },
      ),
    );
    return { ...result, run, halted: halt.reasons[0] };
  } catch (error) {
    throw stopped(error, halt, 'the packages');
  } finally {
    reading.release();
  }
}
