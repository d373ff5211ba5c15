/**
 * Calls whose effect only the API's own lists can tell: those whose answer was lost, and those that were told "already
 * in progress". They wait here together, and one list read serves them all.
 */
import { proveAbsence, REACH_MS, type Confirmed, type Suspect } from '../../core/absence.ts';
import { blockedBy, createdBy, openBeside, type Differs } from '../../core/judge.ts';
import { instantOf } from '../../core/instant.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { carriesTag } from '../../core/tag.ts';
import type { MachineAction, Settlement } from '../../core/types.ts';
import { StoppedError } from '../../core/errors.ts';
import type { Halt } from '../attempts/halt.ts';
import type { Times } from '../attempts/lane.ts';
import type { ServerClock } from '../attempts/server-clock.ts';
import type { ListRead, ListReader } from '../reads/actions.ts';
import { wait } from '../attempts/wait.ts';
import type { Observations } from './observations.ts';
import type { Tally } from './tally.ts';

const DAY_MS = 86_400_000;
/** Calls that come in together are read for together. */
const GATHER_MS = 250;
const LONGEST_INTERVAL_MS = 15_000;
/** Where reads are dear: how often it is looked whether one could tell anything. */
const FRUGAL_INTERVAL_MS = 60_000;
/** So many readable lists that prove nothing, when they should: then none will. */
const ENOUGH_READS = 5;

/** When the first attempt for a call began, as far as it is known on each clock. */
export interface Begin {
  /** Not later, by the server's clock. */
  readonly server: number | null;
  readonly mono: number | null;
  readonly wall: number | null;
}

export interface Doubtful {
  readonly machineId: string;
  /**
   * `lost`: was our action made at all? `look`: the API said "already in progress", so whose is it? `accepted`: it came
   * back without our tag, so it was made, and only a list that shows the tag can tell whose it is.
   */
  readonly kind: 'lost' | 'look' | 'accepted';
  readonly begun: Begin;
  readonly differs?: Differs | undefined;
  /** Not earlier than the last attempt in doubt ended. */
  readonly ended: { readonly mono: number; readonly server: number | null };
}

export type Finding =
  | { readonly kind: 'settled'; readonly settlement: Settlement }
  /** Proved: our action is not there and never will be. */
  | { readonly kind: 'absent' }
  /** It cannot be found out. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface ReconcilerDeps {
  readonly lists: ListReader;
  readonly runId: string;
  readonly actionType: string;
  /** The run's actions that earlier processes saw confirmed. */
  readonly confirmedBefore: readonly string[];
  /** Its actions that ended and whose rows are called again: they carry its tag, and are nobody's answer. */
  readonly earlier: readonly string[];
  /** A call that no read could settle for this long after it should have is left unknown, ms. */
  readonly patienceMs: number;
  /** Least time between two reads, ms: their own quota is to last. */
  readonly readEveryMs: number;
  /** Reads take from the same quota as actions: only those that can settle something are made. */
  readonly frugal: boolean;
  readonly tally: Tally;
  /** Knows how late the lists are. */
  readonly observations: Observations;
  readonly server: ServerClock;
  readonly clock: Clock;
  readonly log: Log;
  readonly halt: Halt;
}

interface Parked extends Doubtful {
  resolve(finding: Finding): void;
  reject(error: Error): void;
  /** Reads that saw it, and those among them that should have told. */
  reads: number;
  lateReads: number;
  /** Why the last read proved nothing. */
  why: string;
}

export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #parked = new Set<Parked>();
  readonly #confirmed = new Map<string, Confirmed>();
  readonly #earlier: ReadonlySet<string>;
  #lastSentMono = -Infinity;
  /** Machines whose row is not settled although something was, or may have been, sent. */
  readonly #awaited = new Map<string, number>();
  #allSentSince: number | undefined;
  #reading = false;
  /** Nothing is left to be sent, and a list that was read as far back as the calls in doubt need held no witness at all. */
  #witnessIsOlder = false;
  #unreadable: string | undefined;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    this.#earlier = new Set(deps.earlier);
    for (const id of deps.confirmedBefore) this.#confirmed.set(id, { id, sentMono: null, answeredMono: null, created: null });
  }

  /** How many calls wait for a list read. */
  get waiting(): number {
    return this.#parked.size;
  }

  /** Something may be sent for this machine: an action of ours on it is no riddle. */
  awaiting(machineId: string): void {
    this.#awaited.set(machineId, (this.#awaited.get(machineId) ?? 0) + 1);
  }

  awaitingNoMore(machineId: string): void {
    const left = (this.#awaited.get(machineId) ?? 1) - 1;
    if (left > 0) this.#awaited.set(machineId, left);
    else this.#awaited.delete(machineId);
  }

  /** The API confirmed an action of the run, made by an attempt of these times: it bears witness. */
  confirmed({ id, creationDateTimeUtc }: MachineAction, { begun: sentMono, ended: answeredMono }: Times['mono']): void {
    this.#confirmed.set(id, { id, sentMono, answeredMono, created: instant(creationDateTimeUtc) });
    this.#lastSentMono = Math.max(this.#lastSentMono, sentMono);
  }

  /**
   * Resolves once the lists have told.
   * @throws StoppedError when the run stops first: the call stays as it is, for a resume
   */
  async settle(doubtful: Doubtful): Promise<Finding> {
    if (this.#unreadable !== undefined) return unreadable(doubtful, this.#unreadable);
    return new Promise((resolve, reject) => {
      this.#parked.add({ ...doubtful, resolve, reject, reads: 0, lateReads: 0, why: 'no list was read' });
      if (!this.#reading) void this.#readWhileNeeded();
    });
  }

  async #readWhileNeeded(): Promise<void> {
    this.#reading = true;
    try {
      await wait(GATHER_MS, this.#deps.halt.signal);
      while (this.#parked.size > 0) {
        this.#noteWhenAllWasSent();
        if (this.#isWorthReading()) await this.#readOnce();
        this.#giveUp();
        if (this.#parked.size > 0) await wait(this.#pauseMs(), this.#deps.halt.signal);
      }
    } catch (error) {
      const reason = error instanceof Error ? error : new StoppedError(String(error));
      for (const parked of this.#parked) parked.reject(reason);
      this.#parked.clear();
    } finally {
      this.#reading = false;
    }
  }

  #noteWhenAllWasSent(): void {
    if (!this.#deps.tally.isAllSent) this.#allSentSince = undefined;
    else this.#allSentSince ??= this.#deps.clock.mono();
  }

  /** Where reads take units that calls could have, one is made for those never looked for, and when it could prove something. */
  #isWorthReading(): boolean {
    const { frugal, clock, observations, tally } = this.#deps;
    if (!frugal) return true;
    return [...this.#parked].some(({ reads, kind, ended }) => {
      const isRipe = clock.mono() >= ended.mono + observations.lagMs;
      return reads === 0 || (isRipe && (kind !== 'lost' || tally.isAllSent || this.#lastSentMono > ended.mono));
    });
  }

  /** Until the next read can tell something new: soon, while lists may lag; in any case when it may become a proof. */
  #pauseMs(): number {
    const { clock, observations, readEveryMs, frugal, tally } = this.#deps;
    const { lagMs } = observations;
    const lags = tally.isAllSent ? [1, 2, 3] : [1];
    const dues = [...this.#parked].flatMap(({ ended }) => lags.map((n) => ended.mono + n * lagMs - clock.mono()));
    const interval = frugal ? FRUGAL_INTERVAL_MS : Math.min(LONGEST_INTERVAL_MS, lagMs / 8);
    return Math.max(GATHER_MS, readEveryMs, Math.min(interval, ...dues.filter((due) => due > 0)));
  }

  async #readOnce(): Promise<void> {
    const begunMono = this.#deps.clock.mono();
    const asked = [...this.#parked];
    const since = this.#witnessIsOlder ? null : this.#sinceFor(asked);
    const own = await this.#deps.lists.since(since);
    if (!this.#usable(own)) return;
    if (own.isWhole) this.#deps.observations.listed(own.actions, begunMono);
    this.#witnessIsOlder ||= this.#lacksWitness(own);
    this.#settleOurs(asked, own.actions);
    const lookers = asked.filter((parked) => parked.kind === 'look' && this.#parked.has(parked));
    const open = lookers.length > 0 ? await this.#deps.lists.open() : undefined;
    if (open && !this.#usable(open)) return;
    if (open) this.#settleOthers(lookers, open.actions);
    this.#prove(asked, { ...own, since, begunMono, isOpenWhole: open?.isWhole ?? true });
    for (const parked of asked) this.#count(parked, begunMono);
  }

  /** A run that goes on after days has its confirmed actions days back: from then on the list is read from its beginning. */
  #lacksWitness({ actions, isWhole }: Extract<ListRead, { kind: 'list' }>): boolean {
    const { tally } = this.#deps;
    return isWhole && tally.isAllSent && this.#confirmed.size > 0 && !actions.some(({ id }) => this.#confirmed.has(id));
  }

  #usable(read: ListRead): read is Extract<ListRead, { kind: 'list' }> {
    if (read.kind === 'list') return true;
    if (read.kind === 'failed') {
      this.#deps.log.warn({ why: read.why }, 'the list of machine actions could not be read; trying again');
      return false;
    }
    this.#unreadable = read.why;
    this.#deps.log.warn({ why: read.why }, 'the list of machine actions may not be read: calls whose answer is lost stay unknown');
    for (const parked of this.#parked) this.#end(parked, unreadable(parked, read.why));
    return false;
  }

  #settleOurs(asked: readonly Parked[], actions: readonly MachineAction[]): void {
    const ours = new Map(actions.filter((action) => this.#isOurs(action)).map((action) => [machineOf(action), action]));
    for (const parked of asked) {
      const action = ours.get(parked.machineId);
      if (action) this.#endAsCreated(parked, action);
    }
  }

  /** By its tag; what was confirmed is another call's, and what ended was an earlier one. */
  #isOurs({ id, requestorComment }: MachineAction): boolean {
    return carriesTag(requestorComment, this.#deps.runId) && !this.#confirmed.has(id) && !this.#earlier.has(id);
  }

  #endAsCreated(parked: Parked, action: MachineAction): void {
    const { actionType } = this.#deps;
    const { id, creationDateTimeUtc } = action;
    this.#confirmed.set(id, { id, sentMono: null, answeredMono: null, created: instant(creationDateTimeUtc) });
    this.#end(parked, { kind: 'settled', settlement: createdBy(action, { machineId: parked.machineId, actionType }) });
  }

  #settleOthers(lookers: readonly Parked[], actions: readonly MachineAction[]): void {
    const open = Map.groupBy(actions.filter(isOpen), machineOf);
    for (const parked of lookers) {
      const there = open.get(parked.machineId) ?? [];
      const ours = there.find((action) => this.#isOurs(action));
      const { actionType } = this.#deps;
      const asked = { actionType, differs: parked.differs };
      const beside = there.map((action) => (action.type === null ? blockedBy(action) : openBeside(action, asked)));
      const settlement = beside.find(({ outcome }) => outcome === 'already-in-progress') ?? beside[0];
      if (ours) this.#endAsCreated(parked, ours);
      else if (settlement) this.#end(parked, { kind: 'settled', settlement });
    }
  }

  #prove(asked: readonly Parked[], read: Read): void {
    const { runId, actionType, observations, tally, server } = this.#deps;
    const evidence = {
      ...read,
      runId,
      actionType,
      whyNot: read.why,
      begunServer: server.at(read.begunMono)?.earliest ?? null,
      confirmed: this.#confirmed,
      earlier: this.#earlier,
      lagMs: observations.lagMs,
      isAllSent: tally.isAllSent,
      awaited: new Set(this.#awaited.keys()),
    };
    for (const parked of asked) {
      if (!this.#parked.has(parked)) continue;
      const isLate = read.begunMono >= parked.ended.mono + observations.lagMs;
      if (parked.kind === 'look') {
        if (isLate && read.isWhole && read.isOpenWhole) this.#end(parked, { kind: 'settled', settlement: NOT_SEEN });
        continue;
      }
      if (parked.kind === 'accepted') {
        if (isLate && read.isWhole) this.#end(parked, { kind: 'unknown', why: UNTAGGED });
        continue;
      }
      const proof = proveAbsence(this.#suspectOf(parked), evidence);
      if (proof.kind === 'absent') this.#end(parked, proof);
      else if (proof.kind === 'never') this.#end(parked, { kind: 'unknown', why: proof.why });
      else parked.why = proof.why;
    }
  }

  #suspectOf({ machineId, begun, ended }: Parked): Suspect {
    return {
      machineId,
      begun: this.#begunOf(begun),
      ended: ended.server ?? this.#deps.server.at(ended.mono)?.latest ?? null,
      endedMono: ended.mono,
    };
  }

  /** By the server's clock; where that was never told, ours is trusted to a day; null for what an earlier process did not know. */
  #begunOf({ server, mono, wall }: Begin): number | null {
    const now = mono === null ? undefined : this.#deps.server.at(mono)?.earliest;
    return server ?? now ?? (wall === null ? null : wall - DAY_MS);
  }

  /**
   * Null where it is not known how far back is far enough. As long as nothing was confirmed, nothing shows that actions are
   * dated by the clock that `Date` tells: it is then trusted to a day only.
   */
  #sinceFor(asked: readonly Parked[]): number | null {
    const begins = asked.map(({ begun }) => this.#begunOf(begun)).filter((begun) => begun !== null);
    const reach = this.#confirmed.size > 0 ? REACH_MS : DAY_MS + REACH_MS;
    return begins.length === asked.length ? Math.min(...begins) - reach : null;
  }

  #count(parked: Parked, begunMono: number): void {
    parked.reads += 1;
    if (begunMono >= this.#lastCallOf(parked)) parked.lateReads += 1;
  }

  /** From here on a whole list should tell. */
  #lastCallOf({ kind, ended }: Parked): number {
    const { lagMs } = this.#deps.observations;
    return kind !== 'lost' ? ended.mono + lagMs : Math.max(ended.mono + 3 * lagMs, this.#allSentSince ?? Infinity);
  }

  #giveUp(): void {
    const { clock, patienceMs } = this.#deps;
    for (const parked of this.#parked)
      if (parked.lateReads >= ENOUGH_READS || clock.mono() > this.#lastCallOf(parked) + patienceMs)
        this.#end(
          parked,
          parked.kind === 'look'
            ? unreadable(parked, 'not whole')
            : { kind: 'unknown', why: parked.kind === 'lost' ? parked.why : UNTAGGED },
        );
  }

  #end(parked: Parked, finding: Finding): void {
    if (this.#parked.delete(parked)) parked.resolve(finding);
  }
}

type Read = Extract<ListRead, { kind: 'list' }> & {
  readonly since: number | null;
  readonly begunMono: number;
  readonly isOpenWhole: boolean;
};

const UNTAGGED = 'accepted without our tag, and no list shows it with ours: it is perhaps our action';

const NOT_SEEN: Settlement = {
  outcome: 'already-in-progress',
  message: 'the API says so, but no open action was seen in its list',
};

function unreadable({ kind }: Doubtful, message: string): Finding {
  const why = `the list of machine actions could not be read (${message})`;
  if (kind !== 'look') return { kind: 'unknown', why };
  return { kind: 'settled', settlement: { outcome: 'already-in-progress', message: `the API says so; whose it is was not read: ${why}` } };
}

function machineOf({ machineId }: MachineAction): string {
  return machineId?.toLowerCase() ?? '';
}

function instant(date: string | null): number | null {
  const at = instantOf(date);
  return Number.isNaN(at) ? null : at;
}

function isOpen({ status }: MachineAction): boolean {
  return status === 'Pending' || status === 'InProgress';
}
