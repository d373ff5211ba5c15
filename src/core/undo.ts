/**
 * Which machines of a run an undo may release: exactly those that the run's own actions hold, and nobody else's. What is
 * still open is cancelled by its id. Pure.
 */
import { isFinal } from './following.ts';
import { endedOf, isDone, isOpen } from './in-force.ts';
import { knownInstant } from './instant.ts';
import { openAction } from './plan-warnings.ts';
import type { MachineAction, SkipOutcome } from './types.ts';

/** A row that the run created an action for. */
export interface CreatedRow {
  readonly actionId: string;
  /** As the state knows it. */
  readonly actionStatus: string | null;
}

export interface UndoRules {
  /** Types of the run's job and of its inverse. */
  readonly type: string;
  readonly inverse: string;
}

export type UndoChoice =
  | { readonly kind: 'release' }
  /** Its own action has not ended: to be cancelled. */
  | { readonly kind: 'cancel' }
  | {
      readonly kind: 'leave';
      readonly skip: SkipOutcome;
      readonly why: string;
      readonly action?: { readonly id: string; readonly status: string | null };
    };

/** `actions`: everything of both types on the machine, as the API's record has it. */
export function chooseUndo(
  { actionId, actionStatus }: CreatedRow,
  actions: readonly MachineAction[],
  { type, inverse }: UndoRules,
): UndoChoice {
  const isOwn = ({ id }: MachineAction): boolean => id.toLowerCase() === actionId.toLowerCase();
  const own = actions.find(isOwn);
  const status = own?.status ?? actionStatus;
  if (!isFinal(status)) return { kind: 'cancel' };
  if (status !== 'Succeeded') return leave('already-applied', `nothing to take back: its own action ended ${status ?? ''}`);
  const releases = actions.filter((action) => action.type === inverse);
  const others = actions.filter((action) => action.type === type && !isOwn(action));
  const covering = others.find((action) => covers(action, releases));
  if (covering) return leave('excluded', `stays as it is: also an action${byAndSince(covering)}`);
  const done = releases.find((release) => isDone(release) && (!own || endedOf(release) >= endedOf(own)));
  if (done) return leave('already-applied', `released already${byAndSince(done)}`);
  const releasing = releases.find(isOpen);
  if (releasing) return { ...leave('already-in-progress', openAction(releasing)), action: { id: releasing.id, status: releasing.status } };
  return { kind: 'release' };
}

function leave(skip: SkipOutcome, why: string): Extract<UndoChoice, { kind: 'leave' }> {
  return { kind: 'leave', skip, why };
}

/** Somebody else's action holds the machine, or will: it Succeeded and was not taken back since, or it is open. */
function covers(action: MachineAction, releases: readonly MachineAction[]): boolean {
  if (isOpen(action)) return true;
  return isDone(action) && !releases.some((release) => isDone(release) && endedOf(release) >= endedOf(action));
}

function byAndSince(action: MachineAction): string {
  const { requestor, creationDateTimeUtc } = action;
  const since = knownInstant(creationDateTimeUtc) === undefined ? '' : ` of ${creationDateTimeUtc ?? ''}`;
  return `${since} by ${requestor ?? 'somebody else'}`;
}
