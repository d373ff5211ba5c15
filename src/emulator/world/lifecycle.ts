/** A machine action from creation to its end. Nothing ticks: status and body follow from the instant asked about. */
import type { ActionStatus } from '../../core/types.ts';
import { dateText, withoutTrailingZeros } from '../time.ts';

/** How long an offline machine's action stays Pending: 3 days and 14 minutes, as recorded. */
export const TIME_OUT_MS = (3 * 24 * 60 + 14) * 60_000;
const TIME_OUT_HRESULT = -2_145_844_840;
const ABORT_HRESULT = -2_147_467_260;
/** 0x80004005, the code of a failure without a name; no failed action was recorded. */
const FAIL_HRESULT = -2_147_467_259;

/** All times are emulated ms since the epoch. */
export interface StoredAction {
  readonly id: string;
  readonly type: string;
  readonly machineId: string;
  readonly computerDnsName: string | null;
  readonly requestor: string;
  /** Empty where it was dropped: no request can leave it out. */
  readonly requestorComment: string;
  readonly requestSource: 'PublicApi' | 'Portal';
  readonly scope: string | null;
  readonly sha1: string | null;
  /** Of a live response. */
  readonly commands: readonly object[];
  /** Creation in the form that sorts as time does. */
  readonly createdText: string;
  readonly createdAt: number;
  /** From when on reads show it. */
  readonly visibleAt: number;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly endsAs: 'Succeeded' | 'Failed' | 'TimeOut';
  /** What a request asked for, whatever became of it in the record; null for what was there before any request. */
  readonly asked: Asked | null;
  /** While open, actions of other types are refused. */
  readonly blocks: boolean;
  readonly cancellation: Cancellation | null;
}

/** A request's own words: what the judge of exactly-once goes by. */
export interface Asked {
  readonly machineId: string;
  readonly type: string;
  readonly comment: string;
}

export interface Cancellation {
  readonly at: number;
  /** The machine had carried the action out all the same: cancelling races with completion. */
  readonly inVain: boolean;
  readonly requestor: string;
  readonly comment: string | null;
}

/** The API's word for where the action stands. */
export function statusAt(action: StoredAction, now: number): ActionStatus {
  if (action.cancellation !== null) return 'Cancelled';
  if (now < action.startsAt) return 'Pending';
  return now < action.endsAt ? 'InProgress' : action.endsAs;
}

/** Whether it can still be cancelled and stands in the way of another one. */
export function isOpen(action: StoredAction, now: number): boolean {
  return action.cancellation === null && now < action.endsAt;
}

/** When it last changed, in the form that sorts as time does: some ticks after the cause, as recorded. */
export function updatedText(action: StoredAction, now: number): string {
  if (action.cancellation !== null) return dateText(action.cancellation.at, 1);
  const changes = [action.createdAt, action.startsAt, action.endsAt].filter((at) => at <= now);
  return dateText(Math.max(action.createdAt, ...changes), 5);
}

/** The body as a read shows it, with every key that the API sends. */
export function bodyOf(action: StoredAction, now: number): ActionBody {
  const status = statusAt(action, now);
  const cancelled = action.cancellation;
  return {
    id: action.id,
    type: action.type,
    title: null,
    requestor: action.requestor,
    requestorComment: action.requestorComment,
    status,
    machineId: action.machineId,
    computerDnsName: action.computerDnsName,
    creationDateTimeUtc: withoutTrailingZeros(action.createdText),
    lastUpdateDateTimeUtc: withoutTrailingZeros(updatedText(action, now)),
    cancellationRequestor: cancelled?.requestor ?? null,
    cancellationComment: cancelled?.comment ?? null,
    cancellationDateTimeUtc: cancelled === null ? null : withoutTrailingZeros(dateText(cancelled.at)),
    errorHResult: { TimeOut: TIME_OUT_HRESULT, Cancelled: ABORT_HRESULT, Pending: 0, InProgress: 0, Succeeded: 0, Failed: FAIL_HRESULT }[
      status
    ],
    scope: action.scope,
    externalId: null,
    requestSource: action.requestSource,
    relatedFileInfo: action.sha1 === null ? null : { fileIdentifier: action.sha1, fileIdentifierType: 'Sha1' },
    commands: action.commands,
    troubleshootInfo: null,
  };
}

/** The body as it goes over the wire: what has no comment has none. */
export function wireOf(action: StoredAction, now: number): object {
  const body = bodyOf(action, now);
  return { ...body, requestorComment: body.requestorComment || null };
}

/** A machine action as the API writes it. */
export interface ActionBody {
  readonly id: string;
  readonly type: string;
  readonly title: null;
  readonly requestor: string;
  readonly requestorComment: string;
  readonly status: ActionStatus;
  readonly machineId: string;
  readonly computerDnsName: string | null;
  readonly creationDateTimeUtc: string;
  readonly lastUpdateDateTimeUtc: string;
  readonly cancellationRequestor: string | null;
  readonly cancellationComment: string | null;
  readonly cancellationDateTimeUtc: string | null;
  readonly errorHResult: number;
  readonly scope: string | null;
  readonly externalId: null;
  readonly requestSource: string;
  readonly relatedFileInfo: { readonly fileIdentifier: string; readonly fileIdentifierType: 'Sha1' } | null;
  readonly commands: readonly object[];
  readonly troubleshootInfo: null;
}
