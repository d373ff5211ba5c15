/** Events as log lines, for where no person reads along: docs/logs.md lists them. */
import { formatDuration } from '../../core/durations.ts';
import { handle, type Handlers, type RunEvent, type RunProgress } from '../../core/events.ts';
import { standingsText, type Standings } from '../../core/following.ts';
import type { Listener, Log } from '../../core/ports.ts';
import { describeCounts } from '../../core/summary.ts';
import type { Run } from '../../core/types.ts';
import type { Plan } from '../../core/plan.ts';
import { strays } from '../views/question.ts';
import { sentenceOf } from '../views/sentences.ts';

const EVERY_MS = 30_000;

export function createLogLines(log: Log): Listener {
  const lines = new LogLines(log);
  return (event) => handle(lines.handlers, event);
}

class LogLines {
  readonly #log: Log;
  /** Run and job, in every line once there is one. */
  #about: object = {};
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  readonly handlers: Handlers<void> = {
    reading: ({ what }) => this.#info('reading', { what }, `reading ${what}`),
    facts: ({ machines, actions }) => this.#info('facts.read', { machines, actions }, 'machine facts read'),
    planned: ({ plan }) => this.#planned(plan),
    asked: ({ confirmed }) => this.#info('asked', { confirmed }, confirmed ? 'confirmed' : 'not confirmed'),
    begun: (event) => this.#begin(event),
    wave: (event) => this.#info(`wave.${event.stage}`, { wave: event.wave, of: event.of, result: event.result }, sentenceOf(event) ?? ''),
    parked: ({ row, machineId, why }) => this.#log.debug({ event: 'parked', ...this.#about, row, machineId, why }, 'waits for a look-up'),
    settled: ({ row, settlement }) => this.#log.debug({ event: 'call.settled', ...this.#about, row, ...settlement }, settlement.outcome),
    paused: (event) => this.#warn('paused', { api: event.api, waitMs: event.waitMs, message: event.message }, sentenceOf(event) ?? ''),
    outage: (event) => this.#warn('outage.begin', { api: event.api, why: event.why }, sentenceOf(event) ?? ''),
    recovered: (event) => this.#info('outage.end', { api: event.api }, sentenceOf(event) ?? ''),
    stalled: (event) => this.#warn('stalled', { why: event.why }, sentenceOf(event) ?? ''),
    'status-changed': ({ row, actionId, status }) => this.#info('action.status', { row, actionId, status }, status),
    following: (event) => this.#follow(event),
    followed: ({ standings }) => this.#followed(standings),
    stopping: ({ exitCode, why }) => this.#warn('stopping', { exitCode }, why),
    ended: (event) => this.#end(event),
  };

  #info(event: string, fields: object, message: string): void {
    this.#log.info({ event, ...this.#about, ...fields }, message);
  }

  #warn(event: string, fields: object, message: string): void {
    this.#log.warn({ event, ...this.#about, ...fields }, message);
  }

  #planned(plan: Plan): void {
    const { outcomes, calls } = plan;
    this.#info('planned', { outcomes, calls }, describeCounts(outcomes));
    for (const stray of strays(plan)) this.#warn('exclusions.unmatched', {}, stray);
  }

  #begin(event: Extract<RunEvent, { kind: 'begun' }>): void {
    const { run, progress } = event;
    this.#about = { run: run.id, job: run.job };
    const { calls, done } = progress();
    this.#info('run.begin', { calls, open: calls - done, host: run.host, emulated: run.emulated }, sentenceOf(event) ?? '');
    this.#timer = setInterval(() => this.#tell(run, progress()), EVERY_MS);
  }

  #tell(run: Run, progress: RunProgress): void {
    const message = `${run.emulated ? 'EMULATED: ' : ''}${progress.done} of ${progress.calls} calls settled`;
    this.#info('run.progress', fieldsOf(progress), message);
  }

  #follow({ run, standings }: Extract<RunEvent, { kind: 'following' }>): void {
    this.#about = { run: run.id, job: run.job };
    this.#info('follow.begin', {}, `following the actions of run ${run.id}`);
    this.#timer = setInterval(() => this.#info('follow.progress', standings(), standingsText(standings())), EVERY_MS);
  }

  #followed(standings: Standings): void {
    clearInterval(this.#timer);
    this.#info('follow.end', standings, standingsText(standings));
  }

  #end({ run, exitCode, outcomes, note }: Extract<RunEvent, { kind: 'ended' }>): void {
    clearInterval(this.#timer);
    const fields = { exitCode, outcomes, note, seconds: secondsOf(run), emulated: run.emulated };
    this.#info('run.end', fields, `${run.emulated ? 'EMULATED: ' : ''}ended with exit code ${exitCode}`);
  }
}

function fieldsOf({ done, calls, outcomes, standings, parked, underWay, windows, waitMs, lastSentAt, now }: RunProgress): object {
  return {
    done,
    calls,
    outcomes,
    ...(standings && { standings }),
    parked,
    underWay,
    quota: windows.map(({ limit, ms, used }) => ({ window: formatDuration(ms), used, limit })),
    nextCallAt: new Date(now + waitMs).toISOString(),
    lastCallAt: lastSentAt === null ? null : new Date(lastSentAt).toISOString(),
  };
}

function secondsOf({ createdAt, finishedAt }: Run): number | null {
  return finishedAt === null ? null : Math.round((finishedAt - createdAt) / 1000);
}
