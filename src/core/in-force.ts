/** What the API's record says of a job on a machine: in force, under way, ended, taken back. Nobody's word but the record's. Pure. */
import { ACTION_LIFE_MS, isFinal } from './following.ts';
import { knownInstant } from './instant.ts';
import type { MachineAction, MachineFacts } from './types.ts';

export const STATES = ['in-force', 'pending', 'ended', 'not-in-force', 'not-known'] as const;
/** `ended`: Failed, timed out or cancelled, and never in force by any other action. */
export type InForce = (typeof STATES)[number];

/** How one machine stands. */
export interface Held {
  readonly machineId: string;
  readonly deviceName: string;
  readonly state: InForce;
  /** The action that says so. */
  readonly action: MachineAction | undefined;
  /** Since when, ISO 8601 as the API writes it; null where no action says so. */
  readonly since: string | null;
  /** An open action of the inverse, which would take it back. */
  readonly releasing: MachineAction | undefined;
  /** When the API gives a pending action up, ms since the epoch: some three days after it was created. */
  readonly timesOutAt: number | null;
  readonly lastSeen: string | null;
  readonly healthStatus: string | null;
  /** What hunting says where it does not agree. */
  readonly disagrees?: string;
}

export interface Types {
  readonly type: string;
  readonly inverse: string | undefined;
}

/** The actions by machine id, in lower case. */
export function byMachine(actions: Iterable<MachineAction>): Map<string, MachineAction[]> {
  return Map.groupBy(actions, ({ machineId }) => machineId?.toLowerCase() ?? '');
}

/** `facts`: the machine's record; undefined where the tenant has none or it was not read. */
export function heldOf(
  { machineId, deviceName }: { readonly machineId: string; readonly deviceName: string },
  actions: readonly MachineAction[],
  facts: MachineFacts | undefined,
  { type, inverse }: Types,
): Held {
  const of = actions.filter((action) => action.type === type);
  const against = actions.filter((action) => inverse !== undefined && action.type === inverse);
  const about = {
    machineId,
    deviceName: facts?.computerDnsName ?? deviceName,
    lastSeen: facts?.lastSeen ?? null,
    healthStatus: facts?.healthStatus ?? null,
    releasing: newest(against.filter(isOpen), createdOf),
    timesOutAt: null,
  };
  const last = newest([...of, ...against].filter(isDone), endedOf);
  if (last?.type === type) return { ...about, state: 'in-force', action: last, since: endOf(last) };
  const pending = newest(of.filter(isOpen), createdOf);
  if (pending)
    return {
      ...about,
      state: 'pending',
      action: pending,
      since: pending.creationDateTimeUtc,
      timesOutAt: createdOf(pending) + ACTION_LIFE_MS,
    };
  const ended = newest(
    of.filter((action) => !isDone(action) && createdOf(action) >= (last ? createdOf(last) : -Infinity)),
    createdOf,
  );
  if (ended) return { ...about, state: 'ended', action: ended, since: endOf(ended) };
  if (last) return { ...about, state: 'not-in-force', action: last, since: endOf(last) };
  return { ...about, state: facts ? 'not-in-force' : 'not-known', action: undefined, since: null };
}

/** An action may still take effect: its status is not known to be final. */
export function isOpen({ status }: MachineAction): boolean {
  return !isFinal(status);
}

export function isDone({ status }: MachineAction): boolean {
  return status === 'Succeeded';
}

/** When it ended by the record, ms since the epoch; where that is not told, when it was created; 0 where nothing is. */
export function endedOf(action: MachineAction): number {
  return knownInstant(action.lastUpdateDateTimeUtc) ?? createdOf(action);
}

function createdOf({ creationDateTimeUtc }: MachineAction): number {
  return knownInstant(creationDateTimeUtc) ?? 0;
}

function endOf({ lastUpdateDateTimeUtc, creationDateTimeUtc }: MachineAction): string | null {
  return lastUpdateDateTimeUtc ?? creationDateTimeUtc;
}

function newest(actions: readonly MachineAction[], at: (action: MachineAction) => number): MachineAction | undefined {
  return actions.reduce<MachineAction | undefined>((found, action) => (found && at(found) > at(action) ? found : action), undefined);
}

/** How many machines are in each state, and how many of the pending ones are not active. */
export interface HeldCounts {
  readonly states: Readonly<Record<InForce, number>>;
  readonly inactive: number;
}

export function countHeld(held: Iterable<Pick<Held, 'state' | 'healthStatus'>>): HeldCounts {
  const states = { 'in-force': 0, pending: 0, ended: 0, 'not-in-force': 0, 'not-known': 0 };
  let inactive = 0;
  for (const { state, healthStatus } of held) {
    states[state] += 1;
    if (state === 'pending' && healthStatus !== null && healthStatus !== 'Active') inactive += 1;
  }
  return { states, inactive };
}

/** "in force since 2026-11-20T08:00:00Z by ana", in one line for people. `now`: ms since the epoch. */
export function describeHeld({ state, action, since, releasing, timesOutAt, lastSeen, disagrees }: Held, now: number): string {
  const by = `${since === null ? '' : ` since ${since}`}${action?.requestor ? ` by ${action.requestor}` : ''}`;
  const parts = {
    'in-force': () => [`in force${by}`],
    pending: () => [
      `${action?.status === 'Pending' ? 'pending' : (action?.status ?? 'pending')}${by}`,
      lastSeen === null ? '' : `last seen ${lastSeen}`,
      timesOutAt === null ? '' : `${now > timesOutAt ? 'should have timed out at' : 'times out at'} ${minutes(timesOutAt)}`,
    ],
    ended: () => [`ended ${action?.status ?? ''}${since === null ? '' : ` at ${since}`}`],
    'not-in-force': () => [action ? `not in force: ${action.type ?? 'taken back'}${by}` : 'not in force: no action on record'],
    'not-known': () => ['not known: the tenant has no such machine, and no action on record'],
  }[state]();
  const opposed = releasing ? `an open ${releasing.type ?? 'inverse'} action would take it back` : '';
  return [...parts, opposed, disagrees ?? ''].filter((part) => part !== '').join('; ');
}

function minutes(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}
