/** Everything that reaches outside, as the core and the dispatch see it. Adapters live in the edge folders. */
import type { Ensured } from './ensured.ts';
import type { RunEvent } from './events.ts';
import type {
  Answer,
  FollowedAction,
  JobCalls,
  Observed,
  OpenCall,
  PlannedRow,
  Run,
  RunRow,
  RunStatus,
  SeenOpposed,
  SeenStatus,
  Settlement,
  Span,
  StatusChange,
  Window,
} from './types.ts';

export const PRIORITIES = ['normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Two clocks: the wall's (for records, ms since the epoch) and one that only goes forward (for waiting, ms). */
export interface Clock {
  readonly now: () => number;
  readonly mono: () => number;
}

/** Where warnings and progress lines go. Fields are data, the message is for people. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Told of everything that happens, as it happens. Never throws, and is not waited for. */
export type Listener = (event: RunEvent) => void;

/** A token and what it says of itself. Never logged, never stored. */
export interface Bearer {
  readonly token: string;
  /** Milliseconds since the epoch; Infinity when the token does not say. */
  readonly expiresAt: number;
}

/** The current token: one flight for all who ask, renewed ahead of its end. */
export interface Tokens {
  /** @throws AuthError when the credential is refused, AuthUnavailableError when asking again later may help */
  current(): Promise<Bearer>;
  /**
   * Called when the API answered 401 to `rejected`. False when no newer token can be had;
   * true when another attempt has a different token to try with.
   * @throws as `current` does
   */
  renew(rejected: Bearer): Promise<boolean>;
}

/** The API, one request a call. Never throws for anything the network or the server does. */
export interface Api {
  post(bearer: Bearer, path: string, body: object, signal: AbortSignal): Promise<Answer>;
  get(bearer: Bearer, path: string, signal: AbortSignal): Promise<Answer>;
}

/** The unit of the quota that an attempt holds while it is at work. */
export interface Unit {
  /** Says that surely nothing was sent: the unit is free at once. */
  giveBack(): void;
}

/** What every attempt passes, so that no window of the quota is ever over. */
export interface Gate {
  /**
   * Runs `attempt` as soon as every window has a unit free. `first`: before those that wait already.
   * @throws StoppedError when the gate closed before the attempt began.
   */
  run<T>(attempt: (unit: Unit) => Promise<T>, options?: { first?: boolean }): Promise<T>;
  /** Nothing starts for `ms`; a shorter block never ends a longer one early. */
  block(ms: number): void;
  /** No bursts from now on: attempts are spread evenly over the windows. */
  spread(): void;
  /** One attempt at a time, or again as many as configured. */
  single(only: boolean): void;
  status(): GateStatus;
  /** From when each unit in use counts, ms since the epoch; those at work count from now. What an ETA needs. */
  inUse(): readonly number[];
  /** Attempts that wait end with StoppedError; those at work go on to their answer. */
  close(): void;
}

export interface GateStatus {
  readonly windows: readonly { readonly limit: number; readonly ms: number; readonly used: number }[];
  /** Those over which attempts are spread evenly; empty where each begins as soon as a unit is free. */
  readonly even: readonly Window[];
  /** Attempts that began until now, lately by earlier processes too: a window whose limit they reach was used up. */
  readonly begun: number;
  /** Attempts that have begun and not ended. */
  readonly underWay: number;
  /** Until the gate opens again for at least one attempt, ms; 0 when it is open. */
  readonly waitMs: number;
}

/** An attempt about to be made, for the record and for the quota. */
export interface Intent {
  /** Null for reads that belong to no run (a preview's). */
  readonly runId: string | null;
  /** The row a POST is for; null for reads. */
  readonly row: number | null;
  /** Attempts with the same key share the windows. */
  readonly quotaKey: string;
  readonly windows: readonly Window[];
  /**
   * The wall clock, read inside the transaction: an instant taken before it waited for its turn would lie before
   * what other processes wrote meanwhile, which would then look as if it were dated in the future.
   */
  readonly now: () => number;
  /** The same instant by the server's clock, as far as it is known; asked at the same moment as `now`. */
  readonly server?: (() => Span | null) | undefined;
  /** `high`: other runs on this quota key leave the next free units to this one. Default `normal`. */
  readonly priority?: Priority | undefined;
  /** After this many ms without an answer the attempt counts as answered. */
  readonly timeoutMs: number;
}

/** `waitMs` is at least 1. `pause`: a 429 of some process said to wait; `stop`: somebody wants the run to stop;
 * `priority`: a run of high priority is to have the next units. */
export type BeginResult =
  | { readonly begun: true; readonly attempt: number }
  | { readonly begun: false; readonly waitMs: number; readonly because: 'quota' | 'pause' | 'stop' | 'priority' };

/** What an attempt came to. Written in one step, answer and verdict together. */
export interface AttemptEnd {
  readonly at: number;
  /** When it began and ended by the server's clock, which the answer itself may have told; null leaves what is recorded. */
  readonly server?: { readonly begun: number; readonly ended: number } | null;
  /** All that `judge` needs to come to the same verdict again; null for reads. */
  readonly answer: Answer | null;
  readonly verdict: AttemptVerdict;
  /** Present when the verdict settles the row. */
  readonly settlement?: Settlement;
}

/**
 * What the record says of an attempt. `ambiguous` keeps the row in doubt, settled as `unknown` or not; `accepted`: likewise, and no list read
 * ever rules it out: a 2xx came, without our tag; `look`: told "already in progress", without effect; `again`: answered, and surely without effect; `turned-away`: the API did not even look at
 * the request (401, a missing permission), so the row counts as never asked for; `not-sent` takes the attempt out of the
 * quota and of the row's count.
 */
export type AttemptVerdict = 'settled' | 'ambiguous' | 'accepted' | 'not-sent' | 'again' | 'turned-away' | 'look' | 'read';

/** Units in use: each counts against a window until `countsFrom + window`. Milliseconds since the epoch. */
export interface QuotaUse {
  readonly countsFrom: readonly number[];
  readonly pausedUntil: number | null;
}

/** A request as the quota counts it. Milliseconds since the epoch. */
export interface QuotaAttempt {
  readonly begunAt: number;
  /** From when its unit counts: it is in use from `begunAt` until `countsFrom` + window. */
  readonly countsFrom: number;
  /** Made for the run that was asked about; false: for another one on the same quota. */
  readonly own: boolean;
}

export interface RunOverview extends Run {
  readonly machines: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** A process holds the run's lock at this moment. */
  readonly active: boolean;
}

/** The right to work on one run, held by at most one process and freed by the kernel when it dies. */
export interface RunLock {
  release(): Promise<void>;
}

export interface RunPatch {
  readonly status?: RunStatus;
  readonly finishedAt?: number | null;
  readonly exitCode?: number | null;
  readonly note?: string | null;
  readonly observed?: Observed | null;
  /** Calls up to this place may go out. */
  readonly released?: number;
}

/**
 * The durable record of runs, calls and attempts, and the quota's memory.
 * Promise of every implementation: when a method resolves, what it wrote survives `kill -9` and a power cut;
 * when it rejects, nothing of it was written.
 * @throws StateError from every method when the state cannot be read or written.
 */
export interface State {
  /** Run and rows in one step. */
  createRun(run: Run, rows: Iterable<PlannedRow>): Promise<void>;
  run(id: string): Promise<Run | undefined>;
  /** Newest first. */
  runs(): Promise<RunOverview[]>;
  updateRun(id: string, patch: RunPatch): Promise<void>;
  /** The rows of a run in list order. */
  rows(runId: string): AsyncIterable<RunRow>;
  /**
   * What the quota of the run's POSTs counted while the run sent and up to `beforeMs` before it, other runs' requests
   * too, in the order in which they began. What surely was not sent is left out.
   */
  attempts(runId: string, beforeMs: number): AsyncIterable<QuotaAttempt>;
  /**
   * Calls that are not settled or settled as `unknown`, by their places, in list order where they have none; read in pieces:
   * rows settled meanwhile may or may not come. `upTo`: those up to this place, where they have one.
   */
  openCalls(runId: string, upTo?: number): AsyncIterable<OpenCall>;
  /**
   * Calls of a job in a tenant, over all its runs: `sent` were attempted since an instant (ms since the epoch), and
   * `open` are neither attempted nor settled yet in unfinished runs created since it. What `--cap` counts.
   */
  callsOfJob(which: { readonly job: string; readonly tenant: string; readonly since: number }): Promise<JobCalls>;
  /** Counts of the calls of a run, up to a place if need be: all, and those that `openCalls` gives. A run with open calls is not done. */
  callCounts(runId: string, upTo?: number): Promise<{ calls: number; open: number }>;
  /** Ids of the run's actions that the API confirmed: of its `created` rows. They bear witness in a list read. */
  confirmedActions(runId: string): Promise<string[]>;

  /** Actions that rows of the run wait for (`created` and `already-in-progress`), in list order; of `open` those whose status is not final. */
  followedActions(runId: string, which: 'open' | 'all'): Promise<FollowedAction[]>;
  /** How many of those actions have each status, in the API's words; `''` where none was told. */
  statusCounts(runId: string): Promise<Readonly<Record<string, number>>>;
  /**
   * Writes down how actions were seen to stand; what differs from the last time is kept as a change. A row that has another
   * action by now, and a final status that would be taken back, are passed over. Resolves to the rows that changed.
   */
  recordStatuses(runId: string, seen: readonly SeenStatus[]): Promise<number[]>;
  /** The changes that were recorded, oldest first. */
  statusChanges(runId: string): AsyncIterable<StatusChange>;
  /** When machines were last seen, as the API says it, by machine id. */
  recordLastSeen(runId: string, seen: ReadonlyMap<string, string>): Promise<void>;
  /**
   * Writes down what opposite actions did to actions of the run that Succeeded, or that they did nothing. A row that has another
   * action by now is passed over; one that is settled anew, or called again, has lost what was written.
   */
  recordOpposed(runId: string, seen: readonly SeenOpposed[]): Promise<void>;
  /** From now on the run's process gets no attempt begun (true), or may again (false). */
  askToStop(runId: string, stop: boolean): Promise<void>;
  isStopAsked(runId: string): Promise<boolean>;

  /**
   * One transaction: checks the run's lock and that nobody asked it to stop, counts every window of the quota key, and records the intent,
   * or says how long to wait. Attempts dated in the future are re-dated to now.
   * @throws LockLostError when the run's lock is no longer held.
   */
  beginAttempt(intent: Intent): Promise<BeginResult>;
  /** Answer, verdict and settlement in one transaction. */
  endAttempt(attempt: number, end: AttemptEnd): Promise<void>;
  /** A conclusive read showed that no attempt so far had an effect: the row is in doubt no more, but for `accepted` attempts. */
  ruleOut(runId: string, row: number, at: number): Promise<void>;
  /** Settles a row by something other than an attempt's answer (a list read, the retries' end). */
  settle(runId: string, row: number, settlement: Settlement, at: number): Promise<void>;
  /**
   * Takes settlements back so that the rows are open calls again: all rows of these outcomes, or just these rows, whose
   * settled attempts then count as turned away.
   */
  reopen(runId: string, which: { outcomes: readonly string[] } | { rows: readonly number[] }): Promise<number>;

  /**
   * Makes settled rows open calls again because their actions ended. In one step the actions become earlier ones, which are
   * never taken for the new one, and the attempts that made them `superseded`: what is in doubt from now on is of later
   * attempts alone. Resolves to how many there were; rows without an action are passed over.
   */
  reissue(runId: string, rows: readonly number[]): Promise<number>;
  /** Ids of the run's actions that ended, and whose rows were called again. They carry the run's tag too. */
  earlierActions(runId: string): Promise<string[]>;

  /** Machines that ensure runs of a job in a tenant listed, and on which one of them created an action or may have. */
  ensured(which: { readonly job: string; readonly tenant: string }): Promise<Ensured[]>;

  /** A 429 said to wait: every process on this quota key does. An earlier end never shortens a later one. */
  pause(quotaKey: string, until: number): Promise<void>;
  quotaUse(quotaKey: string, windows: readonly Window[], now: () => number): Promise<QuotaUse>;

  /** Differs once another process has written since the last look; absent where that cannot be told cheaply. */
  version?(): Promise<number>;

  /** @throws RunBusyError when another process works on this run. */
  lockRun(runId: string): Promise<RunLock>;
  /** The run that carried out the plan with this hash, if any. */
  runOfPlan(planHash: string): Promise<Run | undefined>;
  /**
   * Removes finished runs created before `before`, with their rows and attempts; resolves to their ids. An ensure run that
   * created something stays: it alone says that this is ours to take back.
   */
  prune(before: number): Promise<string[]>;
  close(): Promise<void>;
}
