/** A confirmed plan becomes a run in the state, and is carried out. */
import type { State } from '../core/ports.ts';
import { newRunId } from '../core/run-id.ts';
import type { Job, Parameters, PlannedRow, Run, RunKind } from '../core/types.ts';
import { numbered } from '../core/call-order.ts';
import { waveEnds } from '../core/waves.ts';
import { keptOf, type Settings } from '../settings/settings.ts';
import { operatorOf } from '../wiring/identity.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';
import { carryOut } from './carry-out.ts';
import type { ConfirmWave } from './confirm.ts';
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
  /** Asked before each further wave, where the run goes out in waves. */
  readonly confirmWave?: ConfirmWave | undefined;
  /** Where the run is no job on a list. */
  readonly about?: { readonly kind: RunKind; readonly originRun: string };
}

/** What becomes of a confirmed plan. Default: it is carried out here, to its end. */
export type Begin = (wanted: NewRun, session: Session) => Promise<Ending>;

/** @throws StateError when the run cannot be recorded: nothing was sent then */
export async function beginRun(wanted: NewRun, session: Session): Promise<Ending> {
  const run = await keepRun(wanted, session, (...kept) => session.state.createRun(...kept));
  return carryOut({ run, job: wanted.job, resumed: false, confirmWave: wanted.confirmWave }, session);
}

/** Makes a run of a confirmed plan and keeps it by `keep`, with its list where that came from the tenant. @throws what `keep` throws */
export async function keepRun(wanted: NewRun, session: Session, keep: State['createRun']): Promise<Run> {
  const { settings } = session;
  const made = { ...newRun(wanted, session), ...waveOf(wanted, settings) };
  const run = { ...made, id: wanted.id ?? made.id, settings: { ...made.settings, ...wanted.alsoKept } };
  const { list } = wanted;
  if (list.fromTenant) await saveTargets(reportFolder(settings.report, run.id), list.rows);
  await keep(run, run.released === undefined ? wanted.rows : numbered(wanted.rows));
  return run;
}

/** A run in waves begins with the first one let go. */
function waveOf({ rows, about }: NewRun, { waves }: Settings): Pick<Run, 'released'> {
  if (waves.length === 0 || about) return {};
  const calls = Iterator.from(rows).reduce((count, { skip }) => count + (skip === undefined ? 1 : 0), 0);
  return { released: waveEnds(waves, calls)[0] ?? 0 };
}

/** What was said once for all is not asked again by a resume. */
function keptSettings({ waves, yes, confirm, ensure, sources }: Settings): Run['settings'] {
  const { ensure: _, release, for: held, waves: sizes, ...kept } = keptOf(sources);
  return {
    ...kept,
    ...(waves.length > 0 && sizes && { waves: sizes }),
    ...(waves.length > 0 && (yes || confirm !== undefined) && { yes: ['true'] }),
    // A run that releases is none of those by which it is told what is held.
    ...(ensure && { ensure: ['true'], ...(release && { release }), ...(held && { for: held }) }),
  };
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
    settings: keptSettings(settings),
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
