/** Events as log lines, for where no person reads along: docs/logs.md lists them. */
import { formatDuration } from '../../core/durations.ts';
import { handle, type Handlers, type RunEvent, type RunProgress } from '../../core/events.ts';
import { standingsText, type Standings } from '../../core/following.ts';
import type { Listener, Log } from '../../core/ports.ts';
import type { ExitCode } from '../../core/exit.ts';
import { describeCounts, type OutcomeCounts } from '../../core/summary.ts';
import type { Run } from '../../core/types.ts';
import type { Display } from '../views/display.ts';
import type { Plan } from '../../core/plan.ts';
import { strays } from '../views/question.ts';
import { sentenceOf, warningOf } from '../views/sentences.ts';

const EVERY_MS = 30_000;

/** Where the lines go; `about` holds for lines of others, too. */
export type LogTarget = Pick<Display, 'log' | 'always' | 'about'>;

export function createLogLines(target: LogTarget): Listener {
  const lines = new LogLines(target);
  return (event) => handle(lines.handlers, event);
}

class LogLines {
  readonly #target: LogTarget;
  #timer: NodeJS.Timeout | undefined;

  constructor(target: LogTarget) {
    this.#target = target;
  }

  get #log(): Log {
    return this.#target.log;
  }

  readonly handlers: Handlers<void> = {
    reading: ({ what }) => this.#info('reading', { what }, `reading ${what}`),
    facts: ({ machines, actions }) => this.#info('facts.read', { machines, actions }, 'machine facts read'),
    planned: ({ plan }) => this.#planned(plan),
    asked: ({ confirmed }) => this.#info('asked', { confirmed }, confirmed ? 'confirmed' : 'not confirmed'),
    begun: (event) => this.#begin(event),
    wave: (event) => this.#info(`wave.${event.stage}`, { wave: event.wave, of: event.of, result: event.result }, sentenceOf(event) ?? ''),
    parked: ({ row, machineId, why }) => this.#log.debug({ event: 'parked', row, machineId, why }, 'waits for a look-up'),
    settled: ({ row, settlement }) => this.#log.debug({ event: 'call.settled', row, ...settlement }, settlement.outcome),
    paused: (event) => this.#warn('paused', { api: event.api, waitMs: event.waitMs, message: event.message }, warningOf(event) ?? ''),
    outage: (event) => this.#warn('outage.begin', { api: event.api, why: event.why }, warningOf(event) ?? ''),
    recovered: (event) => this.#info('outage.end', { api: event.api }, sentenceOf(event) ?? ''),
    stalled: (event) => this.#warn('stalled', { why: event.why }, warningOf(event) ?? ''),
    'status-changed': ({ row, actionId, status }) => this.#info('action.status', { row, actionId, status }, status),
    following: (event) => this.#follow(event),
    followed: ({ standings }) => this.#followed(standings),
    stopping: ({ exitCode, why }) => this.#warn('stopping', { exitCode, why }, why),
    ended: (event) => this.#end(event),
  };

  #info(event: string, fields: object, message: string): void {
    this.#log.info({ event, ...fields }, message);
  }

  #warn(event: string, fields: object, message: string): void {
    this.#log.warn({ event, ...fields }, message);
  }

  #planned(plan: Plan): void {
    const { outcomes, calls } = plan;
    this.#info('planned', { outcomes, calls }, describeCounts(outcomes));
    for (const stray of strays(plan)) this.#warn('exclusions.unmatched', {}, stray);
  }

  #begin(event: Extract<RunEvent, { kind: 'begun' }>): void {
    const { run, progress } = event;
    this.#target.about({ run: run.id, job: run.job });
    const { calls, done } = progress();
    this.#info('run.begin', { calls, open: calls - done, host: run.host, emulated: run.emulated }, sentenceOf(event) ?? '');
    this.#timer = setInterval(() => this.#tell(run, progress()), EVERY_MS);
  }

  #tell(run: Run, progress: RunProgress): void {
    const message = `${run.emulated ? 'EMULATED: ' : ''}${progress.done} of ${progress.calls} calls settled`;
    this.#info('run.progress', fieldsOf(progress), message);
  }

  #follow({ run, standings }: Extract<RunEvent, { kind: 'following' }>): void {
    this.#target.about({ run: run.id, job: run.job });
    this.#info('follow.begin', {}, `following the actions of run ${run.id}`);
    this.#timer = setInterval(() => this.#info('follow.progress', standings(), standingsText(standings())), EVERY_MS);
  }

  #followed(standings: Standings): void {
    clearInterval(this.#timer);
    this.#info('follow.end', standings, standingsText(standings));
  }

  #end({ run, exitCode, outcomes, note }: Extract<RunEvent, { kind: 'ended' }>): void {
    clearInterval(this.#timer);
    this.#target.always.info(...endLine({ run, exitCode, outcomes, note, at: run.finishedAt }));
  }
}

export interface End {
  readonly run: Run;
  readonly exitCode: ExitCode;
  readonly outcomes: OutcomeCounts | undefined;
  readonly note: string | null;
  /** Ms since the epoch. */
  readonly at: number | null;
}

/** The last line of a run: fields and words. */
export function endLine({ run, exitCode, outcomes, note, at }: End): [fields: object, words: string] {
  const { emulated } = run;
  const seconds = at === null ? null : Math.round((at - run.createdAt) / 1000);
  const fields = { event: 'run.end', exitCode, outcomes, note, seconds, emulated };
  return [fields, `${emulated ? 'EMULATED: ' : ''}ended with exit code ${exitCode}`];
}

function fieldsOf({ windows, waitMs, lastSentAt, now, ...progress }: RunProgress): object {
  const { done, calls, outcomes, standings, parked, underWay, recent, isOut } = progress;
  return {
    done,
    calls,
    outcomes,
    ...(standings && { standings }),
    parked,
    underWay,
    recent,
    isOut,
    quota: windows.map(({ limit, ms, used }) => ({ window: formatDuration(ms), used, limit })),
    nextCallAt: new Date(now + waitMs).toISOString(),
    lastCallAt: lastSentAt === null ? null : new Date(lastSentAt).toISOString(),
  };
}
