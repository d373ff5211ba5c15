/**
 * The log's events: `event` of every JSON line on stderr. A contract with those who watch a run: a name never changes its
 * meaning, and new fields may come. docs/logs.md is for people; a test holds it to this list.
 */

/** The least level at which the event is written, and what it says. */
export interface EventSpec {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly means: string;
  /** Fields beside `event`, `time`, `level`, `msg` and, in a run, `run` and `job`. */
  readonly fields: readonly string[];
}

export const EVENTS = {
  'facts.read': { level: 'info', means: 'machine records and actions were read', fields: ['machines', 'actions', 'ms'] },
  'facts.unread': { level: 'warn', means: 'they could not be read in time: the run goes on without', fields: ['why'] },
  'plan.made': { level: 'info', means: 'what would be called, and what not', fields: ['rows', 'calls', 'outcomes', 'warnings'] },
  'exclusions.unmatched': { level: 'warn', means: 'exclusions that match nothing, allowed to', fields: ['entries'] },
  'guard.refused': { level: 'error', means: 'a guard refused: nothing was sent', fields: ['guard', 'why'] },
  'run.begin': { level: 'info', means: 'sending begins or goes on', fields: ['calls', 'open', 'tenant', 'host', 'emulated', 'resumed'] },
  'run.progress': {
    level: 'info',
    means: 'how far it is: at least once a minute while it runs or waits',
    fields: ['done', 'calls', 'outcomes', 'inFlight', 'parked', 'waitMs', 'eta'],
  },
  'call.settled': { level: 'debug', means: 'a row has its outcome', fields: ['row', 'machineId', 'outcome', 'actionId', 'httpStatus'] },
  'call.parked': { level: 'debug', means: 'the answer was lost: the action is looked up', fields: ['row', 'machineId', 'why'] },
  'quota.throttled': { level: 'warn', means: '429: somebody else uses this quota', fields: ['api', 'waitMs', 'message'] },
  'outage.begin': { level: 'warn', means: 'no usable answer five times in a row: probing one at a time', fields: ['api', 'why'] },
  'outage.end': { level: 'info', means: 'the API answers again', fields: ['api', 'ms'] },
  'reads.unreadable': { level: 'warn', means: 'the list of actions cannot be read: what is lost stays unknown', fields: ['why'] },
  'run.stalled': { level: 'warn', means: 'nothing was sent for a minute, and the quota is not why', fields: ['why'] },
  'run.paused': { level: 'info', means: 'between two waves, or at a question', fields: ['why', 'waitMs'] },
  'comment.altered': { level: 'warn', means: 'the API did not keep the comment as it was sent', fields: ['sent', 'kept'] },
  'sign-in.retry': { level: 'warn', means: 'the token could not be renewed yet', fields: ['reason'] },
  'follow.progress': { level: 'info', means: 'the actions’ statuses, after each round of reads', fields: ['statuses', 'open'] },
  'report.written': { level: 'info', means: 'report files were written', fields: ['files'] },
  'notice.failed': { level: 'warn', means: 'a notice could not be posted', fields: ['host', 'reason'] },
  'metrics.failed': { level: 'warn', means: 'the metrics could not be written', fields: ['file', 'reason'] },
  'run.end': {
    level: 'info',
    means: 'the last line of a run, whatever became of it',
    fields: ['exitCode', 'outcomes', 'statuses', 'seconds', 'resumable', 'why'],
  },
  error: { level: 'error', means: 'a command ended with an error: what, where and what next', fields: ['exitCode', 'error', 'hint'] },
  note: { level: 'info', means: 'anything else: text for people, nothing to alert on', fields: [] },
} as const satisfies Readonly<Record<string, EventSpec>>;
