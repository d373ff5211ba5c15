/**
 * What one read of the list of machine actions proves about an attempt whose answer was lost. Pure: instants in, proof out.
 * "Not seen" is no proof by itself; docs/proof-of-absence.md says why each of these conditions is needed.
 */
import { instantOf } from './instant.ts';
import { carriesAnotherTag, carriesTag } from './tag.ts';
import type { MachineAction } from './types.ts';

/** How far before the attempt a read reaches back, by the server's clock, ms. */
export const REACH_MS = 3_600_000;
/** An action may be dated so much before the attempt that made it, ms. */
const DATED_BACK_MS = 60_000;

/** An attempt, or several for one call, whose effect is not known. */
export interface Suspect {
  readonly machineId: string;
  /** Not later than the first of them began, by the server's clock; null when that is not known. */
  readonly begun: number | null;
  /** Not earlier than the last of them ended, by the server's clock; null likewise. */
  readonly ended: number | null;
  /** The same instant on the monotonic clock. */
  readonly endedMono: number;
}

/** An action that the API confirmed to this run. */
export interface Confirmed {
  readonly id: string;
  /** When the attempt that made it began, on the monotonic clock; null when an earlier process made it. */
  readonly sentMono: number | null;
  /** When its answer came, likewise; null also when only a list showed it. */
  readonly answeredMono: number | null;
  /** When it was made, by the server's clock; null when that is not known. */
  readonly created: number | null;
}

export interface Evidence {
  readonly runId: string;
  readonly actionType: string;
  readonly actions: readonly MachineAction[];
  /** Everything since the reach was seen, to an empty page; else why not. */
  readonly isWhole: boolean;
  readonly whyNot: string;
  /** Since when actions were asked for, by the server's clock; null: all there are. */
  readonly since: number | null;
  /** When the read began, monotonic and, at the earliest, by the server's clock. */
  readonly begunMono: number;
  readonly begunServer: number | null;
  /** The run's confirmed actions, by id. */
  readonly confirmed: ReadonlyMap<string, Confirmed>;
  /** Actions of the run that ended before the suspect's row was called again: ours by their tag, and none of them the suspect's. */
  readonly earlier: ReadonlySet<string>;
  /** How late the lists may show an action, ms. */
  readonly lagMs: number;
  /** No call is left to be sent: no witness is to come any more. */
  readonly isAllSent: boolean;
  /** Machines whose row is in doubt or under way: an action of ours on one of them is accounted for. */
  readonly awaited: ReadonlySet<string>;
}

/** `later`: a later read may prove it; `never`: something is there that may be ours. */
export type Proof = { readonly kind: 'absent' } | { readonly kind: 'later' | 'never'; readonly why: string };

/** Whether the attempt surely had no effect. The suspect's own machine shows no action with our tag: those were settled before. */
export function proveAbsence(suspect: Suspect, evidence: Evidence): Proof {
  if (!evidence.isWhole) return later(`the list of machine actions was not read whole: ${evidence.whyNot}`);
  if (!reachesBack(suspect, evidence)) return later('the list was not read far enough back');
  const ours = evidence.actions.filter(({ requestorComment }) => carriesTag(requestorComment, evidence.runId));
  const witnesses = ours.filter(({ id }) => evidence.confirmed.has(id));
  const missing = missingWitness(suspect, evidence, witnesses);
  if (missing !== undefined) return later(missing);
  if (evidence.actions.some((action) => couldBeOurs(action, suspect, evidence, witnesses)))
    return { kind: 'never', why: 'an action may be this call’s: it has no tag of another run, and nobody else is named for it' };
  if (ours.some((action) => isStray(action, suspect, evidence)))
    return later('an action of this run belongs to none of its machines: records may have been merged');
  return { kind: 'absent' };
}

function later(why: string): Proof {
  return { kind: 'later', why };
}

function reachesBack({ begun }: Suspect, { since }: Evidence): boolean {
  return since === null || (begun !== null && since <= begun - REACH_MS);
}

/**
 * When the first of the confirmed actions was answered that should be in reach of the read and is not there; Infinity when
 * none is missing. A list that hides one hides others too.
 */
function firstMissing({ actions, confirmed, since }: Evidence): number {
  const seen = new Set(actions.map(({ id }) => id));
  const isInReach = (created: number | null): boolean => since === null || (created !== null && created > since + DATED_BACK_MS);
  const missing = confirmed.values().filter(({ id, created }) => !seen.has(id) && isInReach(created));
  return missing.reduce((first, { answeredMono }) => Math.min(first, answeredMono ?? Infinity), Infinity);
}

/** What is missing of a witness and of waiting; undefined when it is enough. */
function missingWitness(suspect: Suspect, evidence: Evidence, witnesses: readonly MachineAction[]): string | undefined {
  const { lagMs, isAllSent, confirmed, begunServer, begunMono } = evidence;
  const waited = waitedFor(suspect, evidence);
  if (waited < lagMs) return 'the lists may not show it yet';
  const missing = firstMissing(evidence);
  if (witnesses.some((action) => isAfter(action, suspect, evidence) && !isAnsweredSince(action, missing, evidence))) return undefined;
  if (missing + lagMs < begunMono) return 'the list hides an action that the API confirmed';
  if (!isAllSent) return 'no confirmed action that was made after it is in the list yet';
  if (confirmed.size > 0)
    return witnesses.length > 0 && waited >= 2 * lagMs ? undefined : 'no confirmed action of this run is in the list with its tag';
  return waited >= 3 * lagMs && begunServer !== null
    ? undefined
    : 'no action of this run was ever confirmed, and the server’s clock is not known or too little time has passed';
}

/** How long after the attempt the read began, by whichever clock knows. */
function waitedFor({ ended, endedMono }: Suspect, { begunMono, begunServer }: Evidence): number {
  const byServer = ended !== null && begunServer !== null ? begunServer - ended : -Infinity;
  return Math.max(byServer, begunMono - endedMono);
}

/** Whether the action was confirmed at an instant of the monotonic clock or later. */
function isAnsweredSince({ id }: MachineAction, mono: number, { confirmed }: Evidence): boolean {
  return (confirmed.get(id)?.answeredMono ?? -Infinity) >= mono;
}

/** Made after the attempt was over: sent after it by this process, or dated after it by the server. */
function isAfter({ id, creationDateTimeUtc }: MachineAction, { ended, endedMono }: Suspect, { confirmed }: Evidence): boolean {
  const { sentMono = null, answeredMono = null } = confirmed.get(id) ?? {};
  if (sentMono !== null && sentMono > endedMono) return true;
  // Whatever the dates say: what was answered before the attempt was over was made before that.
  if (answeredMono !== null && answeredMono <= endedMono) return false;
  return ended !== null && instantOf(creationDateTimeUtc) > ended;
}

/**
 * Of our type, on that machine, since the attempt: ours unless it says whose it is, and that is somebody else. Without a
 * witness nobody knows whether the API keeps tags and machines as they were sent: then it may be on any machine.
 */
function couldBeOurs(action: MachineAction, suspect: Suspect, evidence: Evidence, witnesses: readonly MachineAction[]): boolean {
  if (evidence.confirmed.has(action.id) || evidence.earlier.has(action.id) || !isSince(action, suspect.begun)) return false;
  if (witnesses.length > 0 && !isOn(action, suspect.machineId)) return false;
  if (!isOfOurType(action, evidence.actionType, witnesses)) return false;
  if (action.requestorComment === null) return true;
  if (carriesAnotherTag(action.requestorComment, evidence.runId)) return false;
  const ourNames = witnesses.map(({ requestor }) => requestor?.toLowerCase() ?? null);
  const isNamed = action.requestor !== null && action.requestor !== '';
  return !isNamed || ourNames.length === 0 || ourNames.includes(null) || ourNames.includes(action.requestor.toLowerCase());
}

function isOn({ machineId }: MachineAction, wanted: string): boolean {
  return machineId === null || machineId.toLowerCase() === wanted;
}

/** An action without a readable time may be of any. */
function isSince({ creationDateTimeUtc }: MachineAction, begun: number | null): boolean {
  const created = instantOf(creationDateTimeUtc);
  return begun === null || Number.isNaN(created) || created >= begun - DATED_BACK_MS;
}

/** The API may have another name for it than we do: the witnesses tell. */
function isOfOurType({ type }: MachineAction, wanted: string, witnesses: readonly MachineAction[]): boolean {
  return type === null || type === wanted || witnesses.some((witness) => witness.type === type);
}

/** Ours by its tag, and nobody knows which call made it. */
function isStray(action: MachineAction, suspect: Suspect, { confirmed, earlier, awaited }: Evidence): boolean {
  return (
    !confirmed.has(action.id) &&
    !earlier.has(action.id) &&
    !awaited.has(action.machineId?.toLowerCase() ?? '') &&
    isSince(action, suspect.begun)
  );
}
