/** What reads told about the machines of a list, put in the order in which a plan asks for it. Pure. */
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
  /** Newest Succeeded action of the job or its inverse, by machine id, where that is the job's. */
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
  const [open, opposing, newest] = [new Map<string, MachineAction>(), new Map<string, MachineAction>(), new Map<string, MachineAction>()];
  for (const action of actions) {
    if (action.type !== type && action.type !== inverse) continue;
    if (isOpen(action)) keepNewest(action.type === type ? open : opposing, action);
    else if (action.status === 'Succeeded') keepNewest(newest, action);
  }
  const applied = new Map([...newest].filter(([, action]) => action.type === type));
  return { machines, namesakes: namesakesIn(machines), open, opposing, applied };
}

/**
 * The open action because of which the job need not be asked for again; undefined where there is none, or where a newer
 * open action would take its effect back: then only a call can bring it.
 */
export function isOpenFor({ open, opposing }: Knowledge, machineId: string): MachineAction | undefined {
  const [ours, theirs] = [open.get(machineId), opposing.get(machineId)];
  return ours && theirs && instant(ours) < instant(theirs) ? undefined : ours;
}

function isOpen({ status }: MachineAction): boolean {
  return status === 'Pending' || status === 'InProgress';
}

function keepNewest(into: Map<string, MachineAction>, action: MachineAction): void {
  const machineId = action.machineId?.toLowerCase();
  if (machineId === undefined) return;
  const known = into.get(machineId);
  if (!known || instant(known) < instant(action)) into.set(machineId, action);
}

/** The creation time in a form that can be compared as text: the API drops trailing zeros of its fractions. */
function instant({ creationDateTimeUtc }: MachineAction): string {
  const [seconds = '', fraction = ''] = (creationDateTimeUtc ?? '').replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.padEnd(7, '0')}`;
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
