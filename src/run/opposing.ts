/** What others' actions did to those of a run that Succeeded: the reads, in a session. */
import { findJob } from '../../jobs/index.ts';
import { formatDuration } from '../core/durations.ts';
import { StoppedError } from '../core/errors.ts';
import { EXIT } from '../core/exit.ts';
import { oppositionReasons } from '../core/oppositions.ts';
import type { ActionType, Run } from '../core/types.ts';
import type { Halt, HaltReason } from '../engine/attempts/halt.ts';
import { lookForLastWord, oppositionsOf, type Opposing } from '../engine/follow/last-word.ts';
import { readActionsOf, type ListRead } from '../engine/reads/actions.ts';
import { after } from '../system/after.ts';
import { openLane } from '../wiring/lanes.ts';
import type { Session } from '../wiring/session.ts';
import { haltOfReads } from './stop.ts';

/** A run that nobody waits for is not kept longer. */
const LOOK_MS = 20_000;

/**
 * Of a run that nobody follows: actions of lost answers are found in a list, where some have Succeeded already, and a report
 * that calls them so has to know whether they stand. Where there are none nothing is read.
 * @throws StoppedError when the run is stopped meanwhile; StateError
 */
export async function lastWordReasons(run: Run, session: Session, halt: Halt): Promise<readonly HaltReason[]> {
  const { state, tools } = session;
  const opposing = opposingOf(run, session, halt, LOOK_MS);
  const { Succeeded = 0 } = opposing ? await state.statusCounts(run.id) : {};
  if (Succeeded === 0) return [];
  const deps = { runId: run.id, state, opposing, log: tools.log, halt };
  const unread = await lookForLastWord(deps);
  return oppositionReasons({ opposed: await oppositionsOf(deps), unread });
}

/** The same of a run that was stopped: nothing more is read, which is said where it matters. */
export async function unlooked(run: Run, { state }: Session): Promise<readonly HaltReason[]> {
  if (!findJob(run.job)?.inverse) return [];
  try {
    const { Succeeded = 0 } = await state.statusCounts(run.id);
    return Succeeded === 0 ? [] : [{ code: EXIT.ok, why: 'whether opposite actions had the last word was not looked at' }];
  } catch {
    // Whoever counts the run next meets it too, and tells.
    return [];
  }
}

/** Absent where nothing takes the job's effect back. */
export function opposingOf({ job: name }: Run, session: Session, halt: Halt, timeoutMs: number): Opposing | undefined {
  const job = findJob(name);
  const inverse = findJob(job?.inverse ?? '');
  if (!job || !inverse) return undefined;
  const [type, opposite] = [job.actionType, inverse.actionType];
  return { type, opposite, meaning: inverse.finalWords, read: () => actionsOf([type, opposite], session, halt, timeoutMs) };
}

/** A lane and a time of its own: an outage that meets this read is no reason to end the following with an error. */
async function actionsOf(types: readonly ActionType[], session: Session, halt: Halt, timeoutMs: number): Promise<ListRead> {
  const reading = haltOfReads(halt.signal, 'following was stopped');
  const callOff = after(timeoutMs, () => reading.end(EXIT.outage, `no answer within ${formatDuration(timeoutMs)}`));
  try {
    const { lane } = await openLane(session, { segment: 'machineactions' }, reading.halt);
    return await readActionsOf(types, session.api, lane).finally(() => lane.close());
  } catch (error) {
    const [reason] = reading.halt.reasons;
    if (!(error instanceof StoppedError) || !reason || halt.stopped) throw error;
    return { kind: 'failed', why: reason.why, record: 'read' };
  } finally {
    callOff();
    reading.release();
  }
}
