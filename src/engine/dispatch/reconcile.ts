/**
 * Calls whose effect only the API's own lists can tell: those whose answer was lost, and those that were told "already
 * in progress". They wait here together, and one list read serves them all.
 */
import { blockedBy, createdBy, inProgress } from '../../core/judge.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { carriesTag } from '../../core/tag.ts';
import type { MachineAction, Settlement } from '../../core/types.ts';
import { StoppedError } from '../../core/errors.ts';
import type { Halt } from '../attempts/halt.ts';
import type { ListRead, ListReader } from '../reads/actions.ts';
import { wait } from '../attempts/wait.ts';

const HOUR_MS = 3_600_000;
/** Calls that come in together are read for together. */
const GATHER_MS = 250;
const LONGEST_INTERVAL_MS = 15_000;

export interface Doubt {
  readonly machineId: string;
  /** `lost`: was our action made at all? `look`: the API said "already in progress", so whose is it? */
  readonly kind: 'lost' | 'look';
  /** When the attempt ended, on the monotonic clock. */
  readonly endedMono: number;
  /** When the first attempt for this call began, ms since the epoch. */
  readonly begunAt: number;
}

export type Finding =
  | { readonly kind: 'settled'; readonly settlement: Settlement }
  /** Read late enough, and our action is not there: it never will be. */
  | { readonly kind: 'absent' }
  /** It cannot be found out. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface ReconcilerDeps {
  readonly lists: ListReader;
  readonly runId: string;
  readonly actionType: string;
  readonly readLagMs: number;
  /** A call that no read could settle for this long after it should have is left unknown, ms. */
  readonly patienceMs: number;
  /** Least time between two reads, ms: their own quota is to last. */
  readonly readEveryMs: number;
  /** Reads take from the same quota as actions: only those that can settle something are made. */
  readonly frugal: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly halt: Halt;
}

interface Parked extends Doubt {
  resolve(finding: Finding): void;
  reject(error: Error): void;
}

export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #parked = new Set<Parked>();
  #reading = false;
  #unreadable: string | undefined;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
  }

  /** How many calls wait for a list read. */
  get waiting(): number {
    return this.#parked.size;
  }

  /**
   * Resolves once the lists have told.
   * @throws StoppedError when the run stops first: the call stays as it is, for a resume
   */
  async settle(doubt: Doubt): Promise<Finding> {
    if (this.#unreadable !== undefined) return unreadable(doubt, this.#unreadable);
    return new Promise((resolve, reject) => {
      this.#parked.add({ ...doubt, resolve, reject });
      if (!this.#reading) void this.#readWhileNeeded();
    });
  }

  async #readWhileNeeded(): Promise<void> {
    this.#reading = true;
    try {
      await wait(GATHER_MS, this.#deps.halt.signal);
      while (this.#parked.size > 0) {
        await this.#readOnce();
        this.#giveUpOld();
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

  /** Until the next read can tell something new: soon, while lists may lag; in any case when absence becomes conclusive. */
  #pauseMs(): number {
    const { clock, readLagMs, readEveryMs, frugal } = this.#deps;
    const conclusive = Math.min(...[...this.#parked].map((parked) => parked.endedMono + readLagMs)) - clock.mono();
    const interval = frugal ? Infinity : Math.min(LONGEST_INTERVAL_MS, readLagMs / 8);
    return Math.max(GATHER_MS, readEveryMs, Math.min(interval, conclusive));
  }

  async #readOnce(): Promise<void> {
    const begun = this.#deps.clock.mono();
    const asked = new Set(this.#parked);
    const own = await this.#deps.lists.since(Math.min(...[...asked].map(({ begunAt }) => begunAt)) - HOUR_MS);
    if (!this.#usable(own)) return;
    this.#settleOurs(asked, own.actions);
    const lookers = [...asked].filter((parked) => parked.kind === 'look' && this.#parked.has(parked));
    const open = lookers.length > 0 ? await this.#deps.lists.open() : undefined;
    if (open && !this.#usable(open)) return;
    if (open) this.#settleOthers(lookers, open.actions);
    if (own.complete && (open?.complete ?? true)) this.#settleAbsent(asked, begun, own.actions);
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

  #settleOurs(asked: ReadonlySet<Parked>, actions: readonly MachineAction[]): void {
    const ours = new Map(actions.filter((action) => this.#isOurs(action)).map((action) => [machineOf(action), action]));
    for (const parked of asked) {
      const action = ours.get(parked.machineId);
      if (action) this.#end(parked, { kind: 'settled', settlement: createdBy(action) });
    }
  }

  #isOurs({ type, requestorComment }: MachineAction): boolean {
    return type === this.#deps.actionType && carriesTag(requestorComment, this.#deps.runId);
  }

  #settleOthers(lookers: readonly Parked[], actions: readonly MachineAction[]): void {
    const open = Map.groupBy(actions.filter(isOpen), machineOf);
    for (const parked of lookers) {
      const there = open.get(parked.machineId) ?? [];
      const ours = there.find((action) => this.#isOurs(action));
      const same = there.find(({ type }) => type === this.#deps.actionType);
      if (ours) this.#end(parked, { kind: 'settled', settlement: createdBy(ours) });
      else if (same) this.#end(parked, { kind: 'settled', settlement: inProgress(same) });
      else if (there[0]) this.#end(parked, { kind: 'settled', settlement: blockedBy(there[0]) });
    }
  }

  #settleAbsent(asked: ReadonlySet<Parked>, begun: number, actions: readonly MachineAction[]): void {
    const nameless = new Set(actions.filter((action) => this.#couldBeOurs(action)).map(machineOf));
    for (const parked of asked) {
      if (!this.#parked.has(parked) || begun < parked.endedMono + this.#deps.readLagMs) continue;
      if (parked.kind === 'look') this.#end(parked, { kind: 'settled', settlement: NOT_SEEN });
      else if (nameless.has(parked.machineId))
        this.#end(parked, { kind: 'unknown', why: 'an action without a comment is there: it may be ours' });
      else this.#end(parked, { kind: 'absent' });
    }
  }

  #giveUpOld(): void {
    const { clock, readLagMs, patienceMs } = this.#deps;
    for (const parked of this.#parked)
      if (clock.mono() > parked.endedMono + readLagMs + patienceMs) this.#end(parked, unreadable(parked, 'no complete read'));
  }

  /** Without its comment an action cannot be told from ours, so it does not prove that ours is absent. */
  #couldBeOurs({ type, requestorComment }: MachineAction): boolean {
    return (type === this.#deps.actionType || type === null) && requestorComment === null;
  }

  #end(parked: Parked, finding: Finding): void {
    if (this.#parked.delete(parked)) parked.resolve(finding);
  }
}

const NOT_SEEN: Settlement = {
  outcome: 'already-in-progress',
  message: 'the API says so, but no open action was seen in its list',
};

function unreadable({ kind }: Doubt, message: string): Finding {
  const why = `the list of machine actions could not be read (${message})`;
  if (kind === 'lost') return { kind: 'unknown', why };
  return { kind: 'settled', settlement: { outcome: 'already-in-progress', message: `the API says so; whose it is was not read: ${why}` } };
}

function machineOf({ machineId }: MachineAction): string {
  return machineId?.toLowerCase() ?? '';
}

function isOpen({ status }: MachineAction): boolean {
  return status === 'Pending' || status === 'InProgress';
}
