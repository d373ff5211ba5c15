/** Records of the tables as the nouns of the core. */
import { openRow, type Standing } from '../core/standing.ts';
import type { QuotaAttempt, RunOverview } from '../core/ports.ts';
import * as v from 'valibot';
import {
  OPPOSITIONS,
  OUTCOMES,
  type FollowedAction,
  type OpenCall,
  type Opposed,
  type Outcome,
  type Run,
  type RunRow,
  type RunStatus,
  type StatusChange,
} from '../core/types.ts';
import { bounded } from '../core/bounds.ts';
import { StateError } from '../core/errors.ts';
import type { Record } from './statements.ts';

export function runOf(record: Record): Run {
  const parameters = textsOf(record['parameters']);
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
    ...(parameters && { parameters }),
    ...kindOf(record),
    settings: settingsOf(record),
    createdAt: Number(record['created_at']),
    finishedAt: number(record['finished_at']),
    status: statusOf(record['status']),
    exitCode: number(record['exit_code']),
    note: text(record['note']),
    observed: JSON.parse(text(record['observed']) ?? 'null'),
    ...(typeof record['released'] === 'number' && { released: record['released'] }),
  };
}

function kindOf(record: Record): Pick<Run, 'kind' | 'originRun'> {
  const [kind, originRun] = [record['kind'], text(record['origin'])];
  return { ...((kind === 'undo' || kind === 'cancel') && { kind }), ...(originRun !== null && { originRun }) };
}

export function followedOf(record: Record): FollowedAction {
  return {
    row: Number(record['row']),
    machineId: String(record['machine_id']),
    actionId: String(record['action_id']),
    status: text(record['action_status']),
    isOwn: record['own'] === 1,
    settledAt: number(record['settled_at']),
    lastSeen: text(record['last_seen']),
  };
}

export function changeOf(record: Record): StatusChange {
  return { row: Number(record['row']), status: String(record['status']), at: Number(record['at']) };
}

export function overviewOf(record: Record, outcomes: Readonly<{ [outcome: string]: number }>, active: boolean): RunOverview {
  return { ...runOf(record), machines: Number(record['machines']), outcomes, active };
}

export function rowOf(record: Record): RunRow {
  const input = textsOf(record['input']);
  return {
    row: Number(record['row']),
    machineId: String(record['machine_id']),
    deviceName: String(record['device_name']),
    file: String(record['file']),
    line: Number(record['line']),
    ...stateOf(record),
    actionId: text(record['action_id']),
    actionStatus: text(record['action_status']),
    httpStatus: number(record['http_status']),
    errorCode: text(record['error_code']),
    attempts: Number(record['attempts']),
    firstSentAt: number(record['first_sent_at']),
    settledAt: number(record['settled_at']),
    ...(typeof record['position'] === 'number' && { position: record['position'] }),
    ...followedPart(record),
    ...(input && { input }),
  };
}

/** What following added to a row; absent where nobody did. */
function followedPart(record: Record): Pick<RunRow, 'actionEndedAt' | 'lastSeen' | 'opposed'> {
  const [actionEndedAt, lastSeen] = [number(record['action_ended_at']), text(record['last_seen'])];
  const opposed = opposedOf(record['opposed']);
  return { ...(actionEndedAt !== null && { actionEndedAt }), ...(lastSeen !== null && { lastSeen }), ...(opposed && { opposed }) };
}

/** As it is stored: null where there is nothing to say. */
export function opposedText(opposed: Opposed | null): string | null {
  return opposed && JSON.stringify({ kind: opposed.kind, words: bounded(opposed.words) });
}

function opposedOf(stored: unknown): Opposed | undefined {
  if (typeof stored !== 'string') return undefined;
  const result = v.safeParse(opposedSchema, stored);
  if (!result.success) throw new StateError(`the state holds an opposite action that this version does not know: ${stored}`);
  return result.output;
}
const opposedSchema = v.pipe(v.string(), v.parseJson(), v.object({ kind: v.picklist(OPPOSITIONS), words: v.string() }));

export function openCallOf(record: Record): OpenCall {
  const [begun, ended] = [number(record['begun']), number(record['ended'])];
  const input = textsOf(record['input']);
  const doubt = Number(record['doubts']) > 0 ? { begun, ended, isOver: record['out'] === 0, isAccepted: record['accepted'] !== 0 } : null;
  return { row: Number(record['row']), machineId: String(record['machine_id']), doubt, ...(input && { input }) };
}

/** The outcome that a row has in a report, settled or not, and the words beside it. */
function stateOf(record: Record): { outcome: Outcome; message: string | null } {
  const [standing, note] = [standingOf(record['standing']), text(record['note'])];
  if (standing === undefined) return { outcome: outcomeOf(record['outcome']), message: text(record['message']) ?? note };
  const { outcome, message } = openRow(standing);
  return { outcome, message: message ?? note };
}

/** The outcome that a group of rows has, settled or not. */
export function groupOutcomeOf(record: Record): Outcome {
  const standing = standingOf(record['standing']);
  return standing === undefined ? outcomeOf(record['outcome']) : openRow(standing).outcome;
}

const STANDINGS: readonly Standing[] = ['doubt', 'look', 'sent', 'ended', 'none'];

/** Undefined for a settled row. */
function standingOf(value: unknown): Standing | undefined {
  return STANDINGS.find((standing) => standing === value);
}

export function quotaAttemptOf(record: Record): QuotaAttempt {
  return { begunAt: Number(record['begun_at']), countsFrom: Number(record['counts_from']), own: record['own'] === 1 };
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

/** An object of texts as it is stored: null where there is none, so that most rows take no room for it. */
export function jsonOf(texts: Readonly<{ [name: string]: string }> | undefined): string | null {
  return texts === undefined ? null : JSON.stringify(texts);
}

/** A JSON list of texts. */
export function textListOf(value: unknown): string[] {
  const list: unknown = typeof value === 'string' ? JSON.parse(value) : [];
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** The same read back. */
function textsOf(value: unknown): { readonly [name: string]: string } | undefined {
  return typeof value === 'string' ? JSON.parse(value) : undefined;
}
