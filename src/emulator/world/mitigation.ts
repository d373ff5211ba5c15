/** What is in force on a machine by what its actions came to. */
import type { StoredAction } from './lifecycle.ts';
import type { World } from './world.ts';

/** The pairs of which the later one counts. */
const PAIRS = { isolated: ['Isolate', 'Unisolate'], restricted: ['RestrictCodeExecution', 'UnrestrictCodeExecution'] } as const;

/** What holds on a machine. */
export interface InForce {
  readonly machineId: string;
  readonly isolated: boolean;
  readonly restricted: boolean;
}

/** What holds now on each machine that had an action, in order of their first one. */
export function inForceOf({ actions }: Pick<World, 'actions'>, now: number): InForce[] {
  const ids = new Set(Array.from(actions.between('', '~', false), ({ machineId }) => machineId));
  return Array.from(ids, (machineId) => ({ machineId, ...holdingOn(actions.ofMachine(machineId), now) }));
}

/** The newest effect of each pair decides. */
function holdingOn(actions: readonly StoredAction[], now: number): Omit<InForce, 'machineId'> {
  const holds = ([on, off]: readonly [string, string]): boolean => newest(actions, [on, off], now)?.type === on;
  return { isolated: holds(PAIRS.isolated), restricted: holds(PAIRS.restricted) };
}

/** `DeviceInfo.MitigationStatus` as recorded; what it says of app restriction, and after a release, is not known (mde-actions.md §4). */
export function mitigationStatus(actions: readonly StoredAction[], now: number): string | null {
  return holdingOn(actions, now).isolated ? JSON.stringify({ Isolated: 'true' }) : null;
}

function newest(actions: readonly StoredAction[], types: readonly string[], now: number): StoredAction | undefined {
  const done = actions.filter((action) => types.includes(action.type) && effectAt(action) <= now);
  return done.reduce<StoredAction | undefined>((last, action) => (last && effectAt(last) > effectAt(action) ? last : action), undefined);
}

/** When it took effect; Infinity for what had none. */
function effectAt({ endsAs, endsAt, cancellation }: StoredAction): number {
  if (cancellation) return cancellation.inVain ? cancellation.at : Infinity;
  return endsAs === 'Succeeded' ? endsAt : Infinity;
}
