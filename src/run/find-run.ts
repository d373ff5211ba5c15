/** Which run a command is about. */
import type { RunOverview, State } from '../core/ports.ts';
import type { Run } from '../core/types.ts';
import { UsageError } from '../core/errors.ts';

/** The run of that id. @throws UsageError when there is none */
export async function runNamed(state: State, id: string): Promise<Run> {
  const found = await state.run(id);
  if (!found) throw new UsageError(`there is no run ${id} in this state`, { hint: 'cordon runs lists them; --state names another file.' });
  return found;
}

/** The newest run of all. @throws UsageError when there is none */
export async function newestRun(state: State): Promise<Run> {
  const [newest] = await state.runs();
  if (!newest) throw new UsageError('there is no run in this state', { hint: '--state names another file.' });
  return newest;
}

/** The newest unfinished run that touches real machines; one that nobody works on comes first. @throws UsageError */
export async function newestUnfinished(state: State): Promise<Run> {
  const unfinished = (await state.runs()).filter((run) => run.status !== 'done' && !run.emulated);
  const found = unfinished.find(({ active }) => !active) ?? unfinished[0];
  if (!found) throw new UsageError('there is no unfinished run', { hint: 'cordon runs lists them all; an emulated run must be named.' });
  return found;
}

export interface Likeness {
  readonly job: string;
  readonly tenant: string;
  readonly comment: string;
  readonly listHash: string;
  readonly emulated: boolean;
  /** Ms since the epoch: an older run is left alone, because its machines may have changed since. */
  readonly since: number;
}

/** The newest unfinished run of the same job, tenant, comment and list, if there is one that is not too old. */
export async function unfinishedLike(state: State, likeness: Likeness): Promise<RunOverview | undefined> {
  const { job, tenant, comment, listHash, emulated, since } = likeness;
  return (await state.runs()).find(
    (run) =>
      run.status !== 'done' &&
      run.job === job &&
      run.tenant === tenant &&
      run.comment === comment &&
      run.listHash === listHash &&
      run.emulated === emulated &&
      run.createdAt >= since,
  );
}
