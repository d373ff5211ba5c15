/** `cordon status`: what is in force on machines, as the API's record of actions says. Sends nothing but reads. */
import { findJob } from '../../jobs/index.ts';
import { comparedWith } from '../core/disagreement.ts';
import { UsageError } from '../core/errors.ts';
import { machineIdOf } from '../core/ids.ts';
import { byMachine, countHeld, heldOf, type Held, type HeldCounts } from '../core/in-force.ts';
import type { Job, Outcome, Run } from '../core/types.ts';
import { readIsolated } from '../engine/reads/mitigation.ts';
import { openSession, type Session } from '../wiring/session.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { hunted } from './hunting.ts';
import { jobNamed } from './job.ts';
import { readList } from './list.ts';
import { readTenant } from './prepare.ts';
import type { JobRequest } from './request.ts';
import { inSessionOf, type OfRun } from './run-session.ts';
import { withSources } from './tenant-lists.ts';

export interface StatusResult {
  readonly job: Job;
  /** Undefined for a list. */
  readonly run: Run | undefined;
  readonly held: readonly Held[];
  readonly counts: HeldCounts;
  /** What could not be read, or said of some rows. */
  readonly notes: readonly string[];
  readonly now: number;
}

interface Machine {
  readonly machineId: string;
  readonly deviceName: string;
}

/** Of the machines that a run called. @throws UsageError when there is no such run; AuthError, UserError when it cannot be read */
export function statusOfRun(request: OfRun, tools: Tools): Promise<StatusResult> {
  return inSessionOf(request, tools, statusIn);
}

/** The same in a session that is open already. */
export async function statusIn(session: Session, run: Run): Promise<StatusResult> {
  const job = findJob(run.job);
  if (!job) throw new UsageError(`run ${run.id} is of ${run.job}, which leaves nothing in force`);
  const machines: Machine[] = [];
  let unknown = 0;
  for await (const { outcome, machineId, deviceName } of session.state.rows(run.id)) {
    if (NEVER_CALLED.has(outcome)) continue;
    machines.push({ machineId, deviceName });
    if (outcome === 'unknown') unknown += 1;
  }
  const notes = unknown > 0 ? [`${unknown} rows of the run are unknown: cordon resume ${run.id} looks them up`] : [];
  return { ...(await statusOf(job, machines, session, notes)), run };
}

const NEVER_CALLED: ReadonlySet<Outcome> = new Set(['invalid', 'duplicate', 'excluded', 'ineligible']);

/** Of any machines. @throws UsageError for a list that cannot be read; AuthError, UserError when the API cannot be */
export async function statusOfList({ jobName, lists, stdin, settings }: JobRequest, tools: Tools): Promise<StatusResult> {
  const job = jobNamed(jobName);
  const list = await readList(lists, settings, stdin);
  const session = await openSession({ settings }, tools);
  try {
    const { rows, notes } = await withSources(list, session);
    const named = Array.from(rows, ({ text, deviceName }) => ({ machineId: machineIdOf(text), deviceName }));
    const machines = named.flatMap(({ machineId, deviceName }) => (machineId === undefined ? [] : [{ machineId, deviceName }]));
    const left = rows.length - machines.length;
    const about = left > 0 ? [...notes, `${left} rows name no machine id and are left out`] : notes;
    return { ...(await statusOf(job, machines, session, about)), run: undefined };
  } finally {
    await session.close();
  }
}

/** A tenant's whole list of actions may take long; nobody waits for it before something is sent. */
const TIMEOUT_MS = 5 * 60_000;

async function statusOf(
  job: Job,
  given: readonly Machine[],
  session: Session,
  notes: readonly string[],
): Promise<Omit<StatusResult, 'run'>> {
  const machines = [...new Map(given.map((machine) => [machine.machineId, machine])).values()];
  const inverse = findJob(job.inverse ?? '')?.actionType;
  const types = inverse ? [job.actionType, inverse] : [job.actionType];
  const ids = new Set(machines.map(({ machineId }) => machineId));
  const facts = await readTenant(types, { ids, whole: false }, session, { timeoutMs: TIMEOUT_MS, tries: Infinity });
  const onMachine = byMachine(facts.actions);
  const asRecorded = machines.map((machine) =>
    heldOf(machine, onMachine.get(machine.machineId) ?? [], facts.machines.get(machine.machineId), { type: job.actionType, inverse }),
  );
  const now = clock.now();
  const compared = await comparedWithHunting(job, asRecorded, now, session);
  return { job, held: compared.held, counts: countHeld(compared.held), notes: [...notes, ...compared.notes], now };
}

interface Compared {
  readonly held: readonly Held[];
  readonly notes: readonly string[];
}

/** Hunting knows of isolation only; without it the record stands alone. */
async function comparedWithHunting(job: Job, recorded: readonly Held[], now: number, session: Session): Promise<Compared> {
  if (job.actionType !== 'Isolate' && job.actionType !== 'Unisolate') return { held: recorded, notes: [] };
  const told = await hunted('machines that are isolated', session, readIsolated);
  if ('why' in told) return { held: recorded, notes: [`hunting (DeviceInfo.MitigationStatus) was not compared: ${told.why}`] };
  const held = recorded.map((one) => comparedWith(one, told.found, job.actionType === 'Isolate', now));
  const disagreeing = held.filter(({ disagrees }) => disagrees !== undefined).length;
  return {
    held,
    notes: disagreeing > 0 ? [`${disagreeing} machines say otherwise than the record of actions: look at them`] : [],
  };
}
