/** What happens on the way of a command, told as it happens: a bar, log lines, notices and a page are made of it. */
import type { ExitCode } from './exit.ts';
import type { Standings } from './following.ts';
import type { Refusal } from './guards.ts';
import type { Plan } from './plan.ts';
import type { OutcomeCounts } from './summary.ts';
import type { Run, Settlement } from './types.ts';
import type { WaveResult } from './waves.ts';

export type RunEvent =
  /** A read has begun that the command waits for: "machine facts". */
  | { readonly kind: 'reading'; readonly what: string }
  | { readonly kind: 'facts'; readonly machines: number; readonly actions: number }
  /** The list is decided; nothing was sent yet. */
  | { readonly kind: 'planned'; readonly plan: Plan; readonly refusals: readonly Refusal[] }
  /** Somebody answered the question, or nobody could be asked. */
  | { readonly kind: 'asked'; readonly confirmed: boolean }
  | { readonly kind: 'begun'; readonly run: Run; readonly resumed: boolean; readonly progress: () => RunProgress }
  /** A run in waves: what was sent is waited for, or has ended. */
  | { readonly kind: 'wave'; readonly stage: 'sent' | 'ended'; readonly wave: number; readonly of: number; readonly result: WaveResult }
  | { readonly kind: 'settled'; readonly row: number; readonly settlement: Settlement }
  /** The call waits for a list read: whether it had an effect is not known. */
  | { readonly kind: 'parked'; readonly row: number; readonly machineId: string; readonly why: string }
  /** A 429: somebody else uses the quota of this API, and everybody waits. */
  | { readonly kind: 'paused'; readonly api: string; readonly waitMs: number; readonly message: string }
  /** No usable answers from this API: one probe at a time. */
  | { readonly kind: 'outage'; readonly api: string; readonly why: string }
  | { readonly kind: 'recovered'; readonly api: string }
  /** Sending stands still for something other than this program's own use of the quota. */
  | { readonly kind: 'stalled'; readonly why: string }
  /** An action of the run has another status than before. */
  | { readonly kind: 'status-changed'; readonly row: number; readonly actionId: string; readonly status: string }
  /** The actions of a run are looked at until they end: `cordon follow`, for a run that this process does not carry out. */
  | { readonly kind: 'following'; readonly run: Run; readonly standings: () => Standings }
  | { readonly kind: 'followed'; readonly run: Run; readonly standings: Standings }
  /** Nothing more is sent; answers on their way are waited for. */
  | { readonly kind: 'stopping'; readonly exitCode: ExitCode; readonly why: string }
  | {
      readonly kind: 'ended';
      readonly run: Run;
      readonly exitCode: ExitCode;
      readonly note: string | null;
      readonly outcomes: OutcomeCounts | undefined;
    };

/** A method's type: a handler of one kind of event may stand where a handler of any is looked up. */
type Handler<E, T> = { handle(event: E): T }['handle'];

/** What to do for each kind of event; kinds left out are passed over. */
export type Handlers<T> = { readonly [Kind in RunEvent['kind']]?: Handler<Extract<RunEvent, { kind: Kind }>, T> };

/** The handler's answer, or undefined where there is none for this kind. */
export function handle<T>(handlers: Handlers<T>, event: RunEvent): T | undefined {
  const handler: Handler<RunEvent, T> | undefined = handlers[event.kind];
  return handler?.(event);
}

/** How far a run is at this moment; the whole run is counted, also what earlier processes did. */
export interface RunProgress {
  /** Calls of the run. */
  readonly calls: number;
  /** Calls that are settled. */
  readonly done: number;
  readonly outcomes: OutcomeCounts;
  /** How the actions stand that rows wait for; absent where nobody follows them. */
  readonly standings?: Standings;
  /** Sent, and their answers are waited for. */
  readonly underWay: number;
  /** Calls that wait for a look-up. */
  readonly parked: number;
  readonly windows: readonly { readonly limit: number; readonly ms: number; readonly used: number }[];
  /** Until the next attempt may go out, ms; 0 when one may now. */
  readonly waitMs: number;
  /** When the last call that was not sent yet goes out, ms since the epoch; null in an outage, where nobody knows. */
  readonly lastSentAt: number | null;
  /** An outage is being waited out. */
  readonly isOut: boolean;
  /** Calls settled in the last minute. */
  readonly recent: number;
  readonly now: number;
}
