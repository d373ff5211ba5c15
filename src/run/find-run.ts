/** Which run a command is about. */
import type { RunOverview, State } from '../core/ports.ts';
import { sameParameters } from '../core/parameters.ts';
import type { Parameters, Run } from '../core/types.ts';
import { SeveralRunsError, UsageError } from '../core/errors.ts';
import type { Settings } from '../settings/settings.ts';
import { stateName } from '../wiring/state-path.ts';
import type { Tools } from '../wiring/tools.ts';

/** The run of that id. @throws UsageError when there is none */
export async function runNamed(state: State, id: string): Promise<Run> {
  const found = await state.run(id);
  if (!found) throw new UsageError(`there is no run ${id} in this state`, { hint: 'cordon runs lists them; --state names another file.' });
  return found;
}

/** The newest run of all that is more than a record of cancelling. @throws UsageError when there is none */
export async function newestRun(state: State): Promise<Run> {
  const newest = (await state.runs()).find(({ kind }) => kind !== 'cancel');
  if (!newest) throw new UsageError('there is no run in this state', { hint: '--state names another file.' });
  return newest;
}

/**
 * The only unfinished run that touches real machines.
 * @throws UsageError when there is none, or several: which one is meant is never guessed
 */
export async function onlyUnfinished(state: State, settings: Settings, { env }: Tools): Promise<Run> {
  const runs = await state.runs();
  const undone = new Set(runs.filter(({ kind }) => kind === 'undo').map(({ originRun }) => originRun));
  const unfinished = runs.filter((run) => run.status !== 'done' && !run.emulated && run.kind !== 'cancel' && !undone.has(run.id));
  const [only, ...others] = unfinished;
  if (!only)
    throw new UsageError(`there is no unfinished run in ${stateName(settings.state, false, env)}`, {
      hint: 'cordon runs lists them all; --state names another file; an emulated run must be named.',
    });
  if (others.length > 0) throw new SeveralRunsError(unfinished);
  return only;
}

/** The run that took this one back, if any. */
export async function undoOf({ id }: Run, state: State): Promise<Run | undefined> {
  return (await state.runs()).find(({ kind, originRun }) => kind === 'undo' && originRun === id);
}

export interface Likeness {
  readonly job: string;
  readonly parameters: Parameters;
  readonly tenant: string;
  readonly comment: string;
  readonly listHash: string;
  readonly emulated: boolean;
  /** Ms since the epoch: an older run is left alone, because its machines may have changed since. */
  readonly since: number;
}

/** The newest unfinished run of the same job with the same flags of its own, tenant, comment and list, if there is one that is not too old. */
export async function unfinishedLike(state: State, likeness: Likeness): Promise<RunOverview | undefined> {
  const { job, parameters, tenant, comment, listHash, emulated, since } = likeness;
  return (await state.runs()).find(
    (run) =>
      run.status !== 'done' &&
      run.job === job &&
      sameParameters(run.parameters, parameters) &&
      run.tenant === tenant &&
      run.comment === comment &&
      run.listHash === listHash &&
      run.emulated === emulated &&
      run.createdAt >= since,
  );
}
