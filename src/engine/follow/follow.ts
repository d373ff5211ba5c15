/** Looks at a run's open actions again and again, until all have ended, the time is over, or nobody wants it any more. */
import { StoppedError } from '../../core/errors.ts';
import { FIRST_INTERVAL_MS, nextInterval, seenIn, standingsOf, type Standings, type StatusCounts } from '../../core/following.ts';
import type { OppositionCounts } from '../../core/oppositions.ts';
import type { Clock, State } from '../../core/ports.ts';
import type { FollowedAction, MachineFacts } from '../../core/types.ts';
import { wait } from '../attempts/wait.ts';
import { lookForLastWord, oppositionsOf, type LastWordDeps } from './last-word.ts';
import type { Look } from './read.ts';

export interface FollowDeps extends LastWordDeps {
  readonly state: LastWordDeps['state'] & Pick<State, 'statusCounts' | 'recordStatuses' | 'recordLastSeen'>;
  readonly reader: { look(followed: readonly FollowedAction[]): Promise<Look> };
  /** Records of machines, by id, for those that keep an action waiting. */
  readonly machines: (ids: ReadonlySet<string>) => Promise<ReadonlyMap<string, MachineFacts>>;
  readonly clock: Clock;
  /** Whether the run may still send, as far as is known; then there may be more actions soon. */
  readonly isSending: () => Promise<boolean>;
  /** Aborted the moment nothing more is sent, where somebody can tell. */
  readonly sent?: AbortSignal;
  /** Reads take units that calls could have: nothing is looked at before all was sent. */
  readonly frugal?: boolean;
  /** How long actions that stay open are waited for, ms, from when nothing is sent any more; undefined: until they end. */
  readonly timeoutMs?: number | undefined;
  /** The time runs from the beginning, whether the run still sends or not. */
  readonly isTimedFromNow?: boolean;
  /** How many times faster than the wall the API's clock runs: an emulator's. Default 1. */
  readonly speed?: number;
  readonly onChange: (action: FollowedAction, status: string) => void;
}

export interface FollowEnd {
  /** `ended`: every action has; `timeout`; `stopped`: the reads were stopped, `halt` says why. */
  readonly why: 'ended' | 'timeout' | 'stopped';
  readonly counts: StatusCounts;
  /** Machines behind pending actions that are not active, as their records say; 0 where none were read. */
  readonly inactive: number;
  /** Rows by what opposite actions did to them, as far as is known. */
  readonly opposed: OppositionCounts;
  /** Why that could not be told of all rows; null: it could, or nobody looked. */
  readonly unread: string | null;
}

/** How often the records of machines are read, ms, and from which interval between two looks on. */
const MACHINES_EVERY_MS = 30 * 60_000;
const MACHINES_FROM_MS = 30_000;
/** However fast a clock runs. */
const LEAST_MS = 250;

export class Follower {
  readonly #deps: FollowDeps;
  #counts: StatusCounts = {};
  #intervalMs = FIRST_INTERVAL_MS;
  #machinesAt = -Infinity;
  #facts: ReadonlyMap<string, MachineFacts> = new Map();
  #until = Infinity;

  constructor(deps: FollowDeps) {
    this.#deps = deps;
  }

  /** As the last look showed it. */
  get standings(): Standings {
    return standingsOf(this.#counts);
  }

  /** @throws AuthError, UserError when actions may not be read; StateError */
  async follow(): Promise<FollowEnd> {
    try {
      const why = await this.#lookUntilTheEnd();
      if (this.standings.pending > 0) await this.#lookAtMachines();
      return await this.#end(why, await lookForLastWord(this.#deps));
    } catch (error) {
      if (!(error instanceof StoppedError)) throw error;
      return this.#end('stopped');
    }
  }

  async #lookUntilTheEnd(): Promise<'ended' | 'timeout'> {
    const { state, runId, clock, isSending, timeoutMs = Infinity, isTimedFromNow = false, frugal = false } = this.#deps;
    for (;;) {
      const sending = await isSending();
      if ((!sending || isTimedFromNow) && this.#until === Infinity) this.#until = clock.mono() + timeoutMs;
      const open = await state.followedActions(runId, 'open');
      const changed = open.length > 0 && !(sending && frugal) ? await this.#look(open) : [];
      this.#counts = await state.statusCounts(runId);
      if (!sending && this.standings.pending === 0) return 'ended';
      if (clock.mono() >= this.#until) return 'timeout';
      this.#intervalMs = nextInterval({
        intervalMs: this.#intervalMs,
        pending: open.length,
        changed: changed.length,
        isSending: sending,
      });
      if (!sending && this.#intervalMs >= MACHINES_FROM_MS) await this.#lookAtMachines();
      await this.#pause(sending);
    }
  }

  async #look(open: readonly FollowedAction[]): Promise<readonly number[]> {
    const { state, runId, reader, clock, log, onChange } = this.#deps;
    const look = await reader.look(open);
    if (look.kind === 'failed') {
      log.warn({ why: look.why }, 'the statuses of the actions could not be read; trying again');
      return [];
    }
    const seen = seenIn(look.actions, open, clock.now());
    const before = new Map(open.map((action) => [action.row, action]));
    const news = seen.filter(({ row, status }) => before.get(row)?.status !== status);
    const changed = new Set(await state.recordStatuses(runId, news));
    for (const { row, status } of news) {
      const action = before.get(row);
      if (action && changed.has(row)) onChange(action, status);
    }
    return [...changed];
  }

  /** The end of sending ends the long pause that fits while it goes on. */
  async #pause(sending: boolean): Promise<void> {
    const { halt, sent, clock, speed = 1 } = this.#deps;
    const ms = Math.max(0, Math.min(Math.max(LEAST_MS, this.#intervalMs / speed), this.#until - clock.mono()));
    const ends = sending && sent ? AbortSignal.any([halt.signal, sent]) : halt.signal;
    try {
      await wait(ms, ends);
    } catch (error) {
      if (halt.stopped || !(error instanceof StoppedError)) throw error;
      this.#intervalMs = FIRST_INTERVAL_MS;
    }
  }

  /** Worth knowing, and no more: what cannot be read is left out. */
  async #lookAtMachines(): Promise<void> {
    const { state, runId, clock, machines, log } = this.#deps;
    if (clock.mono() - this.#machinesAt < MACHINES_EVERY_MS) return;
    this.#machinesAt = clock.mono();
    const ids = new Set((await state.followedActions(runId, 'open')).map(({ machineId }) => machineId));
    try {
      this.#facts = await machines(ids);
    } catch (error) {
      if (error instanceof StoppedError) throw error;
      log.warn(
        { error: error instanceof Error ? error.message : String(error) },
        'the machines that keep actions waiting could not be read',
      );
      return;
    }
    const seen = [...ids].flatMap((id) => {
      const lastSeen = this.#facts.get(id)?.lastSeen;
      return lastSeen ? [[id, lastSeen] as const] : [];
    });
    await state.recordLastSeen(runId, new Map(seen));
  }

  async #end(why: FollowEnd['why'], unread: string | null = null): Promise<FollowEnd> {
    const { state, runId } = this.#deps;
    this.#counts = await state.statusCounts(runId);
    const open = await state.followedActions(runId, 'open');
    const inactive = open.filter(({ machineId }) => this.#isInactive(machineId)).length;
    return { why, counts: this.#counts, inactive, opposed: await oppositionsOf(this.#deps), unread };
  }

  #isInactive(machineId: string): boolean {
    const health = this.#facts.get(machineId)?.healthStatus;
    return health !== undefined && health !== null && health !== 'Active';
  }
}
