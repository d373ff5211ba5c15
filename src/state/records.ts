/** Records of the tables as the nouns of the core. */
import type { QuotaAttempt, RunOverview } from '../core/ports.ts';
import { OUTCOMES, type OpenCall, type Outcome, type Run, type RunRow, type RunStatus } from '../core/types.ts';
import { StateError } from '../core/errors.ts';
import type { Record } from './statements.ts';

export function runOf(record: Record): Run {
  return {
    id: String(record['id']),
    job: String(record['job']),
    tenant: String(record['tenant']),
    clientId: String(record['client_id']),
    host: String(record['host']),
    comment: String(record['comment']),
    operator: String(record['operator']),
    emulated: record['emulated'] === 1,
    listHash: String(record['list_hash']),
    planHash: text(record['plan_hash']),
    settings: JSON.parse(String(record['settings'])),
    createdAt: Number(record['created_at']),
    finishedAt: number(record['finished_at']),
    status: statusOf(record['status']),
    exitCode: number(record['exit_code']),
    note: text(record['note']),
  };
}

export function overviewOf(record: Record, outcomes: Readonly<{ [outcome: string]: number }>, active: boolean): RunOverview {
  return { ...runOf(record), machines: Number(record['machines']), outcomes, active };
}

export function rowOf(record: Record): RunRow {
  return {
    row: Number(record['row']),
    machineId: String(record['machine_id']),
    deviceName: String(record['device_name']),
    file: String(record['file']),
    line: Number(record['line']),
    outcome: outcomeOf(record['outcome']),
    actionId: text(record['action_id']),
    actionStatus: text(record['action_status']),
    httpStatus: number(record['http_status']),
    errorCode: text(record['error_code']),
    message: text(record['message']),
    attempts: Number(record['attempts']),
    firstSentAt: number(record['first_sent_at']),
    settledAt: number(record['settled_at']),
  };
}

export function openCallOf(record: Record): OpenCall {
  return { row: Number(record['row']), machineId: String(record['machine_id']), doubtSince: number(record['doubt_since']) };
}

export function quotaAttemptOf(record: Record): QuotaAttempt {
  return { begunAt: Number(record['begun_at']), countsFrom: Number(record['counts_from']), own: record['own'] === 1 };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function outcomeOf(value: unknown): Outcome {
  const outcome = OUTCOMES.find((known) => known === value);
  if (!outcome) throw new StateError(`the state holds an outcome that this version does not know: ${String(value)}`);
  return outcome;
}

function statusOf(value: unknown): RunStatus {
  return value === 'done' || value === 'interrupted' ? value : 'running';
}
