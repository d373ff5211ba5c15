/** `cordon worker`: runs are taken from the queue and carried out as a resume does, many tenants at once. */
import { EXIT } from '../core/exit.ts';
import { startWorker, type Carried, type Worker, type WorkerListener } from '../fleet/worker.ts';
import { saying, settingsFrom, type Settings } from '../settings/settings.ts';
import type { Tools } from '../wiring/tools.ts';
import type { Followed } from './campaign/start.ts';
import { openFleet, type Fleet } from './fleet.ts';
import { runNamed } from './find-run.ts';
import { resumeRun } from './resume.ts';
import { runsOfSchedule } from './scheduled.ts';
import { StopRequest } from './stop.ts';
import { tenantsOf, toolsOfRun } from './tenant-tools.ts';

export interface WorkRequest {
  /** `concurrency`: runs at the same time. */
  readonly settings: Settings;
  /** Told what happens in one run, from its beginning to its end. */
  readonly follow: (runId: string) => Followed;
  readonly listener: WorkerListener;
}

export interface Working {
  /** Takes nothing more, and hands back what is under way. Resolves when all has come to its end. */
  stop(): Promise<void>;
}

/** Begins to take runs; one state serves them all. @throws UsageError without a shared state; StateUnavailableError */
export async function work(request: WorkRequest, tools: Tools): Promise<Working> {
  const { concurrency, tenants } = request.settings;
  // What a worker calls so are runs; how many requests each may have under way is the run's own.
  const settings = settingsFrom(saying(request.settings.sources, { concurrency: undefined, tenants: undefined }));
  const known = tenantsOf(tenants);
  const fleet = await openFleet(settings, 'worker', tools);
  const { queue, state } = fleet;
  const carryOut = async (runId: string, signal: AbortSignal): Promise<Carried> => {
    const followed = request.follow(runId);
    try {
      const run = await runNamed(state, runId);
      const own = await toolsOfRun(run, known, { ...tools, listener: followed.listener, signal: handingBack(signal) });
      const ending = await resumeRun(run, state, settingsFrom({ ...settings.sources, env: own.env }), own);
      return { exitCode: ending.exitCode, resumable: ending.run.status !== 'done' };
    } finally {
      await followed.close();
    }
  };
  const makeRuns = runsOfSchedule({ state, settings, tenants, tools });
  const worker = await startWorker({ queue, concurrency, carryOut, makeRuns, listener: request.listener });
  return { stop: () => stopWorking(worker, fleet) };
}

async function stopWorking(worker: Worker, fleet: Fleet): Promise<void> {
  await worker.stop();
  await fleet.close();
}

/** The same signal, with the words that the run keeps. */
function handingBack(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new StopRequest(EXIT.sigterm, 'its worker stopped; another one goes on'));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return controller.signal;
}
