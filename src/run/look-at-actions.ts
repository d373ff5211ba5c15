/** How the actions of a run stand, read once and written down. */
import { seenIn } from '../core/following.ts';
import type { Run } from '../core/types.ts';
import type { Lane } from '../engine/attempts/lane.ts';
import { actionsOf, type ActionsRead } from '../engine/follow/statuses.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';

/** The server may date actions so much earlier than we made the run. */
const HOUR_MS = 3_600_000;

export type Unread = Exclude<ActionsRead, { kind: 'read' }>;

/** Undefined, or why they could not be read. @throws StoppedError, AuthError, StateError as the lane does */
export async function lookAtActions(run: Run, { state, api, server }: Session, lane: Lane): Promise<Unread | undefined> {
  const followed = await state.followedActions(run.id, 'open');
  if (followed.length === 0) return undefined;
  const offset = server.offsetMs();
  const since = offset === null ? null : run.createdAt + offset - HOUR_MS;
  const ids = followed.map(({ actionId }) => actionId);
  const read = await actionsOf(ids, since, { api, lane, runId: run.id });
  if (read.kind !== 'read') return read;
  await state.recordStatuses(run.id, seenIn(read.actions.values(), followed, clock.now()));
  return undefined;
}
