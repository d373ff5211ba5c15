/** Following the actions of a run in a session: lanes, the reads, and what stops them. */
import type { Standings } from '../core/following.ts';
import type { MachineFacts, Run } from '../core/types.ts';
import { readMachines as parseMachines } from '../core/answers.ts';
import { messageOf, UserError } from '../core/errors.ts';
import { Halt } from '../engine/attempts/halt.ts';
import { Follower, type FollowEnd } from '../engine/follow/follow.ts';
import { StatusReader } from '../engine/follow/read.ts';
import { readMachines } from '../engine/reads/machines.ts';
import { List } from '../engine/reads/walk.ts';
import { openLane } from '../wiring/lanes.ts';
import type { Session } from '../wiring/session.ts';
import { clock } from '../wiring/tools.ts';
import { opposingOf } from './opposing.ts';

export interface FollowOptions {
  readonly isSending: () => Promise<boolean>;
  readonly sent?: AbortSignal;
  readonly timeoutMs: number | undefined;
  /** Else from when nothing is sent any more. */
  readonly isTimedFromNow?: boolean;
}

/** What following came to: an end, or why it could not go on. */
export type Followed = FollowEnd | { readonly why: 'failed'; readonly error: UserError };

export interface Following {
  /** Stops the reads. */
  readonly halt: Halt;
  readonly standings: () => Standings;
  /** Rejects for nothing that reads may meet. */
  readonly end: Promise<Followed>;
}

/** A tenant's whole list of two types may take long; whoever waits for a run's end is not kept for longer than this. */
const ACTIONS_MS = 5 * 60_000;

/** Begins to follow. A lane of its own: nothing that reads meet stops the sending. */
export async function startFollowing(run: Run, session: Session, options: FollowOptions): Promise<Following> {
  const { state, settings, api, server, tools } = session;
  const halt = new Halt();
  const { lane } = await openLane(session, { segment: 'machineactions' }, halt);
  const follower = new Follower({
    ...options,
    runId: run.id,
    state,
    reader: new StatusReader({ api, lane, server, clock }),
    machines: (ids) => machinesOf(ids, session, halt),
    opposing: opposingOf(run, session, halt, ACTIONS_MS),
    clock,
    log: tools.log,
    halt,
    frugal: settings.sharedQuota,
    speed: settings.emulator ? settings.speed : 1,
    onChange: ({ row, actionId }, status) => tools.listener({ kind: 'status-changed', row, actionId, status }),
  });
  const end = follower
    .follow()
    .catch((error: unknown): Followed => ({ why: 'failed', error: asUserError(error) }))
    .finally(() => lane.close());
  return { halt, standings: () => follower.standings, end };
}

/** Records of these machines, as far as the tenant has them. @throws AuthError, UserError, StoppedError as reads do */
async function machinesOf(ids: ReadonlySet<string>, session: Session, halt: Halt): Promise<ReadonlyMap<string, MachineFacts>> {
  const { lane } = await openLane(session, { segment: 'machines' }, halt);
  try {
    const source = { api: session.api, lane, list: 'machines', parse: parseMachines, runId: null, notFoundIsEmpty: true };
    const { machines } = await readMachines(new List<MachineFacts>({ ...source, signal: halt.signal, tries: 3 }), { ids, whole: false });
    return machines;
  } finally {
    lane.close();
  }
}

function asUserError(error: unknown): UserError {
  return error instanceof UserError ? error : new UserError(messageOf(error), { exitCode: 1, cause: error });
}
