/** Whether the actions of a run that Succeeded have the last word on their machines: looked at once, when following ends. */
import { messageOf, StateError, StoppedError } from '../../core/errors.ts';
import { countOpposed, type OppositionCounts } from '../../core/oppositions.ts';
import { opposedIn, type Opposites } from '../../core/overtaking.ts';
import type { Log, State } from '../../core/ports.ts';
import type { RunRow } from '../../core/types.ts';
import type { Halt } from '../attempts/halt.ts';
import type { ListRead } from '../reads/actions.ts';

/** Where the opposite of a run's actions can be read. */
export interface Opposing extends Opposites {
  /** Every action of both types. Reads of its own: what ends them ends no other. */
  read(): Promise<ListRead>;
}

export interface LastWordDeps {
  readonly runId: string;
  readonly state: Pick<State, 'followedActions' | 'recordOpposed' | 'rows'>;
  /** Absent where nothing takes the job's effect back. */
  readonly opposing?: Opposing | undefined;
  readonly log: Log;
  /** What stops the following. */
  readonly halt: Halt;
}

/**
 * Looks, and writes down what it saw. Resolves to why it cannot be told of all; null when it can. What cannot be told is never
 * taken for "nothing": what an earlier look saw stays.
 * @throws StoppedError when the following is stopped meanwhile; StateError
 */
export async function lookForLastWord({ runId, state, opposing, log, halt }: LastWordDeps): Promise<string | null> {
  const followed = (await state.followedActions(runId, 'all')).filter(({ status }) => status === 'Succeeded');
  if (!opposing || followed.length === 0) return null;
  const read = await readOf(opposing, halt);
  const { seen, gaps } = read.kind === 'list' ? opposedIn(followed, read.actions, opposing) : { seen: [], gaps: [] };
  const why = [read.kind === 'list' && read.isWhole ? '' : read.why, ...gaps].filter((part) => part !== '').join('; ') || null;
  await state.recordOpposed(runId, why === null ? seen : seen.filter(({ opposed }) => opposed !== null));
  if (why !== null) log.warn({ why }, 'whether opposite actions had the last word could not be read');
  return why;
}

/** How many rows have what is written down of them; zeros left out. */
export async function oppositionsOf({ runId, state, opposing }: LastWordDeps): Promise<OppositionCounts> {
  if (!opposing) return {};
  const opposed: RunRow[] = [];
  for await (const row of state.rows(runId)) if (row.opposed) opposed.push(row);
  return countOpposed(opposed);
}

async function readOf(opposing: Opposing, halt: Halt): Promise<ListRead> {
  try {
    return await opposing.read();
  } catch (error) {
    if (error instanceof StateError || (error instanceof StoppedError && halt.stopped)) throw error;
    return { kind: 'failed', why: messageOf(error), record: 'read' };
  }
}
