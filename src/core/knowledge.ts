/** What reads told about the machines of a list, put in the order in which a plan asks for it. Pure. */
import { createdOf, earliestEnd, latestEnd } from './action-end.ts';
import type { ActionType, MachineAction, MachineFacts } from './types.ts';

export interface Knowledge {
  /** By machine id; a machine that is missing is not known to the tenant. */
  readonly machines: ReadonlyMap<string, MachineFacts>;
  /** Other records with the same DNS name, by machine id, where there are any. */
  readonly namesakes: ReadonlyMap<string, readonly MachineFacts[]>;
  /** Open action of the job's type, by machine id. */
  readonly open: ReadonlyMap<string, MachineAction>;
  /** Open action of the inverse's type, by machine id. */
  readonly opposing: ReadonlyMap<string, MachineAction>;
  /** Succeeded action of the job that surely ended last among those of the job and its inverse, by machine id. */
  readonly applied: ReadonlyMap<string, MachineAction>;
}

export interface Seen {
  readonly machines: ReadonlyMap<string, MachineFacts>;
  readonly actions: Iterable<MachineAction>;
  readonly type: ActionType;
  /** The type of the job's inverse, where it has one. */
  readonly inverse: ActionType | undefined;
}

/** Sorts what was read. Actions may come in any order. */
export function knowledgeOf({ machines, actions, type, inverse }: Seen): Knowledge {
  const maps = (): ByMachine => new Map();
  const [open, opposing, done, undone] = [maps(), maps(), maps(), maps()];
  for (const action of actions) {
    if (action.type !== type && action.type !== inverse) continue;
    const isOurs = action.type === type;
    if (isOpen(action)) keepNewest(isOurs ? open : opposing, action, askedAt);
    else if (action.status === 'Succeeded') keepNewest(isOurs ? done : undone, action, isOurs ? earliestEnd : latestEnd);
  }
  // What was asked for first may end last. In doubt it is not in force: to ask once more costs a call, not to ask a machine.
  const applied = new Map([...done].filter(([id, action]) => earliestEnd(action) > latestOf(undone.get(id))));
  return { machines, namesakes: namesakesIn(machines), open, opposing, applied };
}

/**
 * The open action because of which the job need not be asked for again; undefined where there is none, or where a newer
 * open action would take its effect back: then only a call can bring it.
 */
export function isOpenFor({ open, opposing }: Knowledge, machineId: string): MachineAction | undefined {
  const [ours, theirs] = [open.get(machineId), opposing.get(machineId)];
  return ours && theirs && askedAt(ours) < askedAt(theirs) ? undefined : ours;
}

function isOpen({ status }: MachineAction): boolean {
  return status === 'Pending' || status === 'InProgress';
}

type ByMachine = Map<string, MachineAction>;

function keepNewest(into: ByMachine, action: MachineAction, at: (action: MachineAction) => number): void {
  const machineId = action.machineId?.toLowerCase();
  if (machineId === undefined) return;
  const known = into.get(machineId);
  if (!known || at(known) < at(action)) into.set(machineId, action);
}

function askedAt(action: MachineAction): number {
  return createdOf(action) ?? -Infinity;
}

function latestOf(action: MachineAction | undefined): number {
  return action ? latestEnd(action) : -Infinity;
}

function namesakesIn(machines: ReadonlyMap<string, MachineFacts>): Map<string, MachineFacts[]> {
  const byName = Map.groupBy(machines.values(), ({ computerDnsName }) => computerDnsName?.toLowerCase() ?? '');
  const namesakes = new Map<string, MachineFacts[]>();
  for (const [name, records] of byName)
    if (name !== '' && records.length > 1)
      for (const { id } of records)
        namesakes.set(
          id,
          records.filter((other) => other.id !== id),
        );
  return namesakes;
}
