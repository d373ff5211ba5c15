/** A session where a run was: its host, tenant and client, whatever the environment says now. */
import { UsageError } from '../core/errors.ts';
import type { State } from '../core/ports.ts';
import type { Run } from '../core/types.ts';
import { withStored, type Settings } from '../settings/settings.ts';
import { openSession, type Session } from '../wiring/session.ts';
import { openStateOf } from '../wiring/state.ts';
import type { Tools } from '../wiring/tools.ts';
import { runNamed } from './find-run.ts';

export interface OfRun {
  readonly runId: string | undefined;
  readonly settings: Settings;
}

/**
 * Works in such a session, on the run that is named, or the newest job on a list.
 * @throws UsageError when there is no such run, or its actions are gone with its emulator; as `openSession` does
 */
export async function inSessionOf<T>(
  { runId, settings }: OfRun,
  tools: Tools,
  work: (session: Session, run: Run) => Promise<T>,
): Promise<T> {
  const state = await openStateOf(runId, settings, tools);
  try {
    const run = runId === undefined ? await newestJob(state) : await runNamed(state, runId);
    if (run.emulated) throw new UsageError(`run ${run.id} was emulated: its actions are gone with its emulator`);
    const session = await openSession({ settings: withStored(settings, run.settings), fixed: run, state }, tools);
    try {
      return await work(session, run);
    } finally {
      await session.close();
    }
  } finally {
    await state.close();
  }
}

async function newestJob(state: State): Promise<Run> {
  const found = (await state.runs()).find(({ kind, emulated }) => kind !== 'cancel' && !emulated);
  if (!found) throw new UsageError('there is no run in this state', { hint: '--state names another file.' });
  return found;
}
