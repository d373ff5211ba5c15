/**
 * The log's events: `event` of every JSON line. A contract with those who watch a run: a name never changes its
 * meaning, and new fields may come. docs/logs.md is for people; tests hold it and the log to this list.
 */

export interface LogEventSpec {
  /** The level at which it is written. */
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly means: string;
  /** Fields beside `event`, `time`, `level`, `msg` and, in a run, `run` and `job`. */
  readonly fields: readonly string[];
}

export const LOG_EVENTS = {
  reading: { level: 'info', means: 'a read has begun that the command waits for', fields: ['what'] },
  'facts.read': { level: 'info', means: 'machine records and actions were read', fields: ['machines', 'actions'] },
  'facts.missing': { level: 'warn', means: 'decided without machine facts, and why', fields: [] },
  planned: { level: 'info', means: 'what would be called, and what not; nothing was sent yet', fields: ['calls', 'outcomes'] },
  'exclusions.unmatched': { level: 'warn', means: 'exclusions that match nothing', fields: [] },
  asked: { level: 'info', means: 'the question was answered, or nobody could be asked', fields: ['confirmed'] },
  'run.begin': { level: 'info', means: 'sending begins or goes on', fields: ['calls', 'open', 'host', 'emulated'] },
  'run.progress': {
    level: 'info',
    means: 'how far it is: at least once a minute while it runs or waits',
    fields: ['done', 'calls', 'outcomes', 'underWay', 'parked', 'recent', 'isOut', 'quota', 'nextCallAt', 'lastCallAt', 'standings'],
  },
  'wave.sent': {
    level: 'info',
    means: 'a wave was sent, and its actions are waited for',
    fields: ['wave', 'of', 'result'],
  },
  'wave.ended': { level: 'info', means: 'the wait for a wave’s actions is over', fields: ['wave', 'of', 'result'] },
  'call.settled': {
    level: 'debug',
    means: 'a row has its outcome',
    fields: ['row', 'outcome', 'actionId', 'actionStatus', 'deviceName', 'httpStatus', 'errorCode', 'message'],
  },
  parked: { level: 'debug', means: 'the answer was lost: the action is looked up', fields: ['row', 'machineId', 'why'] },
  paused: { level: 'warn', means: '429: somebody else uses this quota, and everybody waits', fields: ['api', 'waitMs', 'message'] },
  'outage.begin': { level: 'warn', means: 'no usable answers: one probe at a time', fields: ['api', 'why'] },
  'outage.end': { level: 'info', means: 'the API answers again', fields: ['api'] },
  stalled: { level: 'warn', means: 'nothing is sent, and the run’s own quota is not why', fields: ['why'] },
  'action.status': { level: 'info', means: 'an action has another status than before', fields: ['row', 'actionId', 'status'] },
  'follow.begin': { level: 'info', means: '`cordon follow` looks at the actions of a run', fields: [] },
  'follow.progress': { level: 'info', means: 'how they stand: at least once a minute', fields: ['confirmed', 'pending', 'failed'] },
  'follow.end': { level: 'info', means: 'nobody looks any more', fields: ['confirmed', 'pending', 'failed'] },
  stopping: { level: 'warn', means: 'nothing more is sent; answers on their way are waited for', fields: ['exitCode', 'why'] },
  'run.end': {
    level: 'info',
    means: 'the last line of a run, whatever became of it',
    fields: ['exitCode', 'outcomes', 'note', 'seconds', 'emulated'],
  },
  'run.taken': { level: 'info', means: 'a worker has taken a run from the queue', fields: [] },
  'run.carried': { level: 'info', means: 'a worker has carried a run out', fields: ['exitCode'] },
  'run.failed': { level: 'error', means: 'a worker could not begin a run', fields: ['why'] },
  'run.handed-back': { level: 'warn', means: 'a worker hands a run back to the queue', fields: ['why'] },
  'tenant.failed': {
    level: 'error',
    means: 'of many tenants, one has no run, or its run could not be gone on with',
    fields: ['tenant', 'exitCode', 'why'],
  },
  package: {
    level: 'info',
    means: 'an investigation package was fetched, or could not be',
    fields: ['row', 'machineId', 'deviceName', 'actionId', 'outcome', 'file', 'sha256', 'bytes', 'message'],
  },
  note: { level: 'info', means: 'anything else, at any level and with fields of its own: for people, nothing to alert on', fields: [] },
  'metrics.failed': { level: 'warn', means: 'the metrics could not be written; the run goes on', fields: ['reason'] },
  error: {
    level: 'error',
    means: 'a command ended with an error: what, where and what next; the last line where there is no `run.end`',
    fields: ['exitCode', 'error', 'hint', 'stack'],
  },
} as const satisfies Readonly<Record<string, LogEventSpec>>;
