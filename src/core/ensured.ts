/** `--ensure --release`: which machines are to be given back, from what earlier ensure runs listed and what the API's record says now. Pure. */
import type { Knowledge } from './knowledge.ts';
import { taggedRun } from './tag.ts';
import type { MachineAction } from './types.ts';

/** A machine that ensure runs of one job listed. */
export interface Ensured {
  readonly machineId: string;
  /** Actions that those runs created on it. */
  readonly actionIds: readonly string[];
  /** The newest of the runs that listed it. */
  readonly lastRun: string;
}

/** An ensure run, as far as it says for how long its machines are held. */
export interface EnsureRun {
  readonly createdAt: number;
  /** `--for`, ms: so long after the run that listed a machine last it is held; 0 without. */
  readonly forMs: number;
}

export interface ReleaseInput {
  readonly ensured: readonly Ensured[];
  /** By id: the ensure runs of this job in this tenant. */
  readonly runs: ReadonlyMap<string, EnsureRun>;
  /** Machines that the list names now. */
  readonly listed: ReadonlySet<string>;
  readonly knowledge: Pick<Knowledge, 'applied' | 'open'>;
  /** Ms since the epoch. */
  readonly now: number;
}

export interface Releases {
  /** In force by an action of an ensure run, not listed any more, and not held any longer. */
  readonly due: readonly string[];
  /** Those that `--for` still holds. */
  readonly held: readonly string[];
  /** Not listed any more, and the ensure run's action has not ended: released once it is in force. */
  readonly pending: readonly string[];
}

/**
 * Only what the API's record says to be in force by an action of ours: whatever somebody else asked for since, or before,
 * stays as it is.
 */
export function releasesOf(input: ReleaseInput): Releases {
  const { ensured, runs, listed, knowledge, now } = input;
  const [due, held, pending]: [string[], string[], string[]] = [[], [], []];
  for (const one of ensured) {
    const { machineId, lastRun } = one;
    if (listed.has(machineId)) continue;
    const [applied, open] = [knowledge.applied.get(machineId), knowledge.open.get(machineId)];
    const last = runs.get(lastRun);
    if (open && isOurs(open, one, runs)) pending.push(machineId);
    else if (applied === undefined || !isOurs(applied, one, runs)) continue;
    else if (last && now < last.createdAt + last.forMs) held.push(machineId);
    else due.push(machineId);
  }
  return { due, held, pending };
}

/** By its id, or by the tag of one of those runs: a row that was left unknown has no id. */
function isOurs({ id, requestorComment }: MachineAction, { actionIds }: Ensured, runs: ReadonlyMap<string, EnsureRun>): boolean {
  const run = taggedRun(requestorComment);
  return actionIds.includes(id) || (run !== undefined && runs.has(run));
}
