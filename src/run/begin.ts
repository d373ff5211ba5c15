/** A confirmed plan becomes a run in the state, and is carried out. */
import type { State } from '../core/ports.ts';
import { newRunId } from '../core/run-id.ts';
import type { Job, Parameters, PlannedRow, Run } from '../core/types.ts';
import { keptOf } from '../settings/settings.ts';
import { operatorOf } from '../wiring/identity.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';
import { carryOut } from './carry-out.ts';
import type { Ending } from './ending.ts';
import { reportFolder } from './finish.ts';
import type { TargetList } from './list.ts';
import { saveTargets } from './sources.ts';

export interface NewRun {
  readonly job: Job;
  /** The job's own flags. */
  readonly parameters: Parameters;
  readonly comment: string;
  readonly rows: Iterable<PlannedRow>;
  /** What the rows were made of. */
  readonly list: Pick<TargetList, 'hash' | 'rows' | 'fromTenant'>;
  readonly planHash: string | null;
  /** Default: made from the time and by chance. */
  readonly id?: string;
  /** Kept with the settings: the campaign that the run belongs to, say. */
  readonly alsoKept?: Run['settings'];
}

/** What becomes of a confirmed plan. Default: it is carried out here, to its end. */
export type Begin = (wanted: NewRun, session: Session) => Promise<Ending>;

/** @throws StateError when the run cannot be recorded: nothing was sent then */
export async function beginRun(wanted: NewRun, session: Session): Promise<Ending> {
  const run = await keepRun(wanted, session, (...kept) => session.state.createRun(...kept));
  return carryOut({ run, job: wanted.job, resumed: false }, session);
}

/** Makes a run of a confirmed plan and keeps it by `keep`, with its list where that came from the tenant. @throws what `keep` throws */
export async function keepRun(wanted: NewRun, session: Session, keep: State['createRun']): Promise<Run> {
  const made = newRun(wanted, session);
  const run = { ...made, id: wanted.id ?? made.id, settings: { ...made.settings, ...wanted.alsoKept } };
  const { list } = wanted;
  if (list.fromTenant) await saveTargets(reportFolder(session.settings.report, run.id), list.rows);
  await keep(run, wanted.rows);
  return run;
}

function newRun({ job, parameters, comment, list, planHash }: NewRun, { settings, identity, host, tools }: Session): Run {
  const now = clock.now();
  const { emulator: emulated } = settings;
  return {
    id: newRunId(now, emulated, Math.random),
    job: job.name,
    tenant: identity.tenant,
    clientId: identity.clientId,
    host,
    comment,
    operator: operatorOf(settings, tools.env),
    emulated,
    listHash: list.hash(),
    planHash,
    settings: keptOf(settings.sources),
    ...(Object.keys(parameters).length > 0 && { parameters }),
    createdAt: now,
    finishedAt: null,
    status: 'running',
    exitCode: null,
    note: null,
    observed: null,
  };
}
