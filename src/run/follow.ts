/** `cordon follow [RUN]`: looks at a run's actions until all have ended, also while another process still sends. */
import { EXIT, weightiest, type ExitCode } from '../core/exit.ts';
import { messageOf } from '../core/errors.ts';
import { standingsOf, type Standings, type StatusCounts } from '../core/following.ts';
import type { OppositionCounts } from '../core/oppositions.ts';
import type { State } from '../core/ports.ts';
import type { FollowedAction, Run } from '../core/types.ts';
import type { FollowEnd } from '../engine/follow/follow.ts';
import type { Session } from '../wiring/session.ts';
import type { Tools } from '../wiring/tools.ts';
import { startFollowing } from './following.ts';
import { rewriteReports } from './interim.ts';
import { reportFrom } from './records.ts';
import { inSessionOf, type OfRun } from './run-session.ts';
import { stopOnAbort } from './stop.ts';
import { reasonsOf } from './waiting.ts';

export interface FollowEnding {
  readonly run: Run;
  readonly exitCode: ExitCode;
  /** Why it is no 0, and what could not be looked at, in words; null when there is nothing to say. */
  readonly note: string | null;
  /** Actions by the API's status. */
  readonly statuses: StatusCounts;
  readonly standings: Standings;
  /** Machines behind pending actions that are not active. */
  readonly inactive: number;
  /** Rows by what opposite actions did to them. */
  readonly opposed: OppositionCounts;
  /** Those actions, in list order. */
  readonly pending: readonly FollowedAction[];
  /** Calls that were never sent, or whose outcome is not known: there is no action to follow. */
  readonly unsettled: number;
  /** Report files. */
  readonly files: readonly string[];
}

/** @throws UsageError when there is no such run; AuthError, UserError when the actions may not be read */
export function follow(request: OfRun, tools: Tools): Promise<FollowEnding> {
  return inSessionOf(request, tools, followIn);
}

/** The same in a session that is open already. */
export async function followIn(session: Session, run: Run): Promise<FollowEnding> {
  const { state, settings, tools } = session;
  const { timeout: timeoutMs } = settings;
  const {
    halt,
    standings,
    end: ending,
  } = await startFollowing(run, session, { isSending: () => isSending(state, run.id), timeoutMs, isTimedFromNow: true });
  const stopListening = stopOnAbort(tools.signal, halt, tools.listener);
  const stopWriting = rewriteReports({ runId: run.id, state, settings, log: tools.log });
  tools.listener({ kind: 'following', run, standings });
  try {
    const end = await ending;
    if (end.why === 'failed') throw end.error;
    const reasons = reasonsOf(end, halt, timeoutMs);
    return await ended(run, session, { ...end, reasons });
  } finally {
    stopListening();
    await stopWriting();
    tools.listener({ kind: 'followed', run, standings: standings() });
  }
}

interface End extends Pick<FollowEnd, 'counts' | 'inactive' | 'opposed'> {
  readonly reasons: readonly { readonly code: ExitCode; readonly why: string }[];
}

async function ended(run: Run, session: Session, { counts, inactive, opposed, reasons }: End): Promise<FollowEnding> {
  const { state, tools } = session;
  const { open: unsettled } = await state.callCounts(run.id);
  // The API's own words may be among the reasons.
  const told = (why: readonly { readonly why: string }[]): string | null =>
    tools.secrets.scrub(why.map((one) => one.why).join('; ')) || null;
  await keepNote(run, told(reasons), state);
  const { files, unwritten } = await written(run, session);
  const all = [
    ...reasons,
    ...(unsettled > 0 ? [{ code: EXIT.open, why: `${unsettled} calls were not sent, or their outcome is not known` }] : []),
    ...(unwritten === undefined ? [] : [{ code: EXIT.internal, why: unwritten }]),
  ];
  return {
    run,
    exitCode: weightiest(all.map(({ code }) => code)),
    note: told(all),
    statuses: counts,
    standings: standingsOf(counts),
    inactive,
    opposed,
    pending: await state.followedActions(run.id, 'open'),
    unsettled,
    files,
  };
}

/** The reports tell how following ended last, in place of what an earlier look, or a process that died over it, had left there. */
async function keepNote({ id }: Run, note: string | null, state: State): Promise<void> {
  if ((await state.run(id))?.status === 'done') await state.updateRun(id, { note });
}

async function written(
  run: Run,
  { state, settings, tools }: Session,
): Promise<{ files: readonly string[]; unwritten: string | undefined }> {
  try {
    return { files: (await reportFrom(state, run.id, settings)).files, unwritten: undefined };
  } catch (error) {
    tools.log.error({ error: messageOf(error) }, 'the reports could not be written');
    return { files: [], unwritten: messageOf(error) };
  }
}

/** A process works on the run; what a killed one left behind does not send. */
async function isSending(state: State, runId: string): Promise<boolean> {
  if ((await state.run(runId))?.status !== 'running') return false;
  return (await state.runs()).some(({ id, active }) => id === runId && active);
}
