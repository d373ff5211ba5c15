/** A confirmed plan becomes a run in the state, and is carried out. */
import { newRunId } from '../core/run-id.ts';
import type { Job, Parameters, PlannedRow, Run, RunKind } from '../core/types.ts';
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
  /** Where the run is no job on a list. */
  readonly about?: { readonly kind: RunKind; readonly originRun: string };
}

/** @throws StateError when the run cannot be recorded: nothing was sent then */
export async function beginRun(wanted: NewRun, session: Session): Promise<Ending> {
  const run = newRun(wanted, session);
  const { list } = wanted;
  if (list.fromTenant) await saveTargets(reportFolder(session.settings.report, run.id), list.rows);
  await session.state.createRun(run, wanted.rows);
  return carryOut({ run, job: wanted.job, resumed: false }, session);
}

/** What a run is made of, whatever its rows. */
export type Described = Pick<NewRun, 'parameters' | 'comment' | 'planHash' | 'about'> & {
  readonly job: Pick<Job, 'name'>;
  readonly list: Pick<TargetList, 'hash'>;
};

/** As it begins. */
export function newRun({ job, parameters, comment, list, planHash, about }: Described, { settings, identity, host, tools }: Session): Run {
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
    ...about,
    createdAt: now,
    finishedAt: null,
    status: 'running',
    exitCode: null,
    note: null,
    observed: null,
  };
}
