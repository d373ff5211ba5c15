/** Records of the tables as the nouns of the core. */
import * as v from 'valibot';
import type { RunOverview } from '../core/ports.ts';
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
    settings: settingsOf(record),
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

/** @throws StateError when somebody or something has changed the text */
function settingsOf(record: Record): Run['settings'] {
  const result = v.safeParse(settingsSchema, String(record['settings']));
  if (!result.success)
    throw new StateError(`the settings of run ${String(record['id'])} in the state are damaged`, {
      hint: 'Restore the state from a backup, or name another file with --state.',
    });
  return result.output;
}
const settingsSchema = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.array(v.string())));

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
