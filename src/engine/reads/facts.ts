/** What the tenant says about the machines of a list and their actions: reads only, through the lanes for reads. */
import { readActions, readMachines as parseMachines } from '../../core/answers.ts';
import type { Api } from '../../core/ports.ts';
import type { ActionType, MachineAction, MachineFacts } from '../../core/types.ts';
import { OLDEST_FIRST, ofTypes } from './actions.ts';
import { readMachines, type MachineList, type WantedMachines } from './machines.ts';
import { List, type Taken } from './walk.ts';
import { UserError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit.ts';
import { orThrow, stopped } from './required.ts';
import type { Halt } from '../attempts/halt.ts';
import type { Lane } from '../attempts/lane.ts';

export type { WantedMachines } from './machines.ts';

export interface FactsDeps {
  readonly api: Api;
  readonly machines: Lane;
  readonly actions: Lane;
  readonly halt: Halt;
  /** Types of the job and of its inverse. */
  readonly types: readonly ActionType[];
  /** Times a page without a usable answer is asked for: facts that nothing depends on are soon gone without. */
  readonly tries: number;
}

export interface Facts extends MachineList {
  readonly actions: readonly MachineAction[];
}

/**
 * Reads machines and actions.
 * @throws AuthError when there is no permission to read
 * @throws UserError (exit 5) when the API does not answer for longer than an outage may last, or refuses for good
 */
export async function readFacts(deps: FactsDeps, wanted: WantedMachines): Promise<Facts> {
  const { api, halt, tries } = deps;
  try {
    const shared = { api, runId: null, signal: halt.signal, tries };
    const source = { ...shared, lane: deps.machines, list: 'machines', parse: parseMachines, notFoundIsEmpty: true };
    const list = new List<MachineAction>({ ...shared, lane: deps.actions, list: 'machineactions', parse: readActions });
    const [machines, actions] = await Promise.all([
      readMachines(new List<MachineFacts>(source), wanted),
      wanted.ids.size === 0 && !wanted.whole ? [] : actionsOf(list, deps.types),
    ]);
    return { ...machines, actions };
  } catch (error) {
    throw stopped(error, halt);
  } finally {
    for (const lane of [deps.machines, deps.actions]) lane.close();
  }
}

/** Every action of the types that the API still keeps. New ones come at the end while it is read. */
async function actionsOf(list: List<MachineAction>, types: readonly ActionType[]): Promise<MachineAction[]> {
  const actions = new Map<string, MachineAction>();
  const walked = await list.walk([ofTypes(types), OLDEST_FIRST], ({ values }): Taken => {
    const before = actions.size;
    for (const action of values) actions.set(action.id, action);
    return actions.size > before ? 'more' : 'nothing new';
  });
  orThrow(walked, 'machineactions');
  // A part of them may lack the action that took back what another part shows in force.
  if (walked.kind === 'walked' && !walked.isWhole)
    throw new UserError(`machineactions cannot be read whole: ${walked.why}`, { exitCode: EXIT.outage });
  return [...actions.values()];
}
