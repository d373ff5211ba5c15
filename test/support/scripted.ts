/** A run of the real dispatcher over a scripted API, on a fake clock and the in-memory state. */
import { vi } from 'vitest';
import { restrict } from '../../jobs/restrict.ts';
import { API_WINDOWS } from '../../src/core/rate.ts';
import type { Api, Bearer, Log, State, Tokens } from '../../src/core/ports.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { tagged } from '../../src/core/tag.ts';
import type { Answer, MachineAction, Run, RunRow, Window } from '../../src/core/types.ts';
import { Halt } from '../../src/engine/attempts/halt.ts';
import { Lane } from '../../src/engine/attempts/lane.ts';
import { ServerClock } from '../../src/engine/attempts/server-clock.ts';
import type { Observations } from '../../src/engine/dispatch/observations.ts';
import { openSender } from '../../src/engine/dispatch/sender.ts';
import type { Limit } from '../../src/core/limit.ts';
import type { Tally } from '../../src/engine/dispatch/tally.ts';
import { QuotaGate } from '../../src/engine/quota/gate.ts';
import { MemoryState } from '../../src/state/memory.ts';
import { aRun, anAction, machineId, rows } from './builders.ts';
import { testClock } from './clock.ts';

/** What the API does with one POST: an answer, or an action made and the answer lost. */
export type Step = Answer | 'created' | 'lost-before' | 'lost-after' | 'refused-connection' | 'existing';

export function response(status: number, body: object | string, headers: { retryAfter?: string; date?: string } = {}): Answer {
  return { kind: 'response', status, body: typeof body === 'string' ? body : JSON.stringify(body), ...headers };
}

export function apiError(status: number, code: string, message = ''): Answer {
  return response(status, { error: { code, message } });
}

export interface ScriptedOptions {
  readonly calls?: number;
  /** Steps for the n-th POST to a machine (by row); the last one repeats. Without a script: created. */
  readonly script?: Readonly<Record<number, readonly Step[]>>;
  /** Steps for every POST, whatever machine: used before `script`. */
  readonly first?: readonly Step[];
  /** How late the lists show an action, ms. */
  readonly lagMs?: number;
  readonly readLagMs?: number;
  readonly retries?: number;
  readonly budget?: Limit;
  readonly outageMs?: number;
  readonly windows?: readonly Window[];
  readonly existing?: readonly MachineAction[];
  readonly listAnswer?: (read: number) => Answer | undefined;
  /** The server's clock minus ours, ms; null: it tells none. */
  readonly serverAheadMs?: number | null;
  /** Its `Date` minus the clock by which it dates actions, ms. */
  readonly dateAheadMs?: number;
  /** What the server makes of our comment. */
  readonly keep?: (comment: string) => string | null;
  /** Whom the server names as having asked. */
  readonly requestor?: string;
  readonly ignoresSkip?: boolean;
  /** The list shows no more than so many, the newest. */
  readonly newestOnly?: number;
  /** Until the answer to a POST for this row, ms; default 100. */
  readonly latency?: Readonly<Record<number, number>>;
  readonly sharedQuota?: boolean;
  readonly tokens?: Partial<Tokens>;
  readonly state?: State;
  readonly run?: Run;
}

export interface Scripted {
  /** As the sender asked for them. */
  readonly lanes: readonly { readonly segment: string; readonly isForActions: boolean }[];
  /** `12.0 POST 3`, `250.1 GET`: seconds since the start, and what was asked. */
  readonly log: string[];
  /** Paths of the GETs, in order. */
  readonly asked: string[];
  readonly warnings: string[];
  /** What was told, but for what the run itself tells. */
  readonly events: RunEvent[];
  readonly halt: Halt;
  readonly state: State;
  readonly actions: MachineAction[];
  readonly observations: Observations;
  readonly tally: Tally;
  rows(): Promise<RunRow[]>;
  /** Runs to the end, advancing the fake clock. */
  finish(): Promise<RunRow[]>;
}

const clock = testClock();

export async function scripted(options: ScriptedOptions = {}): Promise<Scripted> {
  clock.reset();
  const { calls = 1, readLagMs = 120_000, retries = 5, windows = API_WINDOWS, outageMs = 300_000, budget = { percent: 10 } } = options;
  const start = Date.now();
  const run = options.run ?? aRun({ createdAt: start });
  const state = options.state ?? new MemoryState();
  if (!(await state.run(run.id))) await state.createRun(run, rows(calls));
  await state.lockRun(run.id);
  const log: string[] = [];
  const warnings: string[] = [];
  const events: RunEvent[] = [];
  const tell = (event: RunEvent): void => void events.push(event);
  const paths: string[] = [];
  const note = (text: string): void => void log.push(`${((Date.now() - start) / 1000).toFixed(1)} ${text}`);
  const actions: (MachineAction & { readonly seenFrom: number })[] = (options.existing ?? []).map((action) => ({ ...action, seenFrom: 0 }));
  const { serverAheadMs = 0, dateAheadMs = 0, keep = (comment) => comment, requestor = 'cordon app' } = options;
  const serverTime = (aheadMs = 0): Date => new Date(Date.now() + (serverAheadMs ?? 0) + aheadMs);
  const dated = (given: Answer): Answer =>
    given.kind === 'response' && serverAheadMs !== null ? { date: serverTime(dateAheadMs).toUTCString(), ...given } : given;
  const asked = new Map<string, number>();
  const first = [...(options.first ?? [])];
  let reads = 0;

  const make = (id: string, comment: string): MachineAction => {
    const action = anAction({
      id: `a${actions.length + 1}`,
      machineId: id,
      requestor,
      requestorComment: keep(comment),
      creationDateTimeUtc: serverTime().toISOString(),
    });
    actions.push({ ...action, seenFrom: Date.now() + (options.lagMs ?? 0) });
    return action;
  };
  const step = (row: number): Step => {
    const n = asked.get(String(row)) ?? 0;
    asked.set(String(row), n + 1);
    return first.shift() ?? options.script?.[row]?.[Math.min(n, options.script[row].length - 1)] ?? 'created';
  };
  const answer = (what: Step, id: string, comment: string): Answer => {
    if (typeof what === 'object') return what;
    if (what === 'refused-connection') return { kind: 'no-connection', reason: 'ECONNREFUSED' };
    if (what === 'lost-before') return { kind: 'lost', reason: 'ECONNRESET' };
    if (what === 'existing') return response(200, actions.find((action) => action.machineId === id) ?? {});
    const action = make(id, comment);
    return what === 'lost-after' ? { kind: 'lost', reason: 'ECONNRESET' } : response(201, action);
  };
  const api: Api = {
    post: async (_bearer, path) => {
      const id = path.split('/')[1] ?? '';
      const row = Number.parseInt(id, 16);
      note(`POST ${row}`);
      await wait(options.latency?.[row] ?? 100);
      return dated(answer(step(row), id, tagged(run.id, run.comment)));
    },
    get: async (_bearer, path) => {
      paths.push(path);
      note(`GET ${path.includes('Pending') ? 'open' : 'since'}`);
      await wait(50);
      const special = options.listAnswer?.(reads++);
      if (special) return dated(special);
      const skip = options.ignoresSkip ? 0 : Number(/\$skip=(\d+)/.exec(path)?.[1] ?? 0);
      const since = /creationDateTimeUtc ge (\S+?Z)/.exec(decodeURIComponent(path))?.[1] ?? '';
      const there = actions.filter(({ seenFrom, creationDateTimeUtc }) => seenFrom <= Date.now() && (creationDateTimeUtc ?? '9') >= since);
      return dated(response(200, { value: there.slice(-(options.newestOnly ?? Infinity)).slice(skip) }));
    },
  };
  let token = 1;
  const tokens: Tokens = {
    current: async () => ({ token: `t${token}`, expiresAt: Infinity }),
    renew: async (rejected: Bearer) => {
      if (rejected.token === `t${token}`) token += 1;
      return true;
    },
    ...options.tokens,
  };
  const halt = new Halt();
  const toLog: Log = {
    debug: () => {},
    info: () => {},
    warn: (_, message) => void warnings.push(message),
    error: (_, message) => void warnings.push(message),
  };
  const server = new ServerClock(clock);
  const lanes: { segment: string; isForActions: boolean }[] = [];
  const sender = await openSender({
    run,
    state,
    api,
    server,
    halt,
    clock,
    windows,
    retries,
    outageMs,
    readLagMs,
    maxErrors: budget,
    job: restrict,
    log: toLog,
    tell,
    attemptTimeoutMs: 30_000,
    sharedQuota: options.sharedQuota ?? false,
    openLane: async ({ segment, isForActions = false, ...wish }) => {
      lanes.push({ segment, isForActions });
      const { countsFrom } = await state.quotaUse(segment, windows, clock.now);
      const gate = new QuotaGate({ windows, concurrency: 20, clock, inUse: countsFrom });
      const common = { gate, windows, state, tokens, clock, halt, outageMs, server, tell, ...wish };
      return { gate, lane: new Lane({ ...common, quotaKey: segment, log: toLog, attemptTimeoutMs: 30_000, what: segment }) };
    },
  });
  const allRows = (): Promise<RunRow[]> => Array.fromAsync(state.rows(run.id));
  return {
    log,
    lanes,
    asked: paths,
    warnings,
    events,
    halt,
    state,
    actions,
    observations: sender.observations,
    tally: sender.tally,
    rows: allRows,
    finish: async () => {
      await untilDone(sender.send(() => {}));
      await state.close();
      return allRows();
    },
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

/** Advances the fake clock until the work is over. */
async function untilDone<T>(work: Promise<T>): Promise<T> {
  let over = false;
  void work.finally(() => (over = true)).catch(() => {});
  while (!over) await vi.advanceTimersByTimeAsync(500);
  return work;
}

/** The row numbers' machine, for expectations. */
export const machine = machineId;
