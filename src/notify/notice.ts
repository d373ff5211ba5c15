/** What others are told of a run, as JSON or as a card for Teams. No machine is named: a chat is no place for that. Pure. */
import { describeCounts, ordered } from '../core/summary.ts';
import type { Run } from '../core/types.ts';

export const NOTICE_FORMATS = ['json', 'teams'] as const;
export type NoticeFormat = (typeof NOTICE_FORMATS)[number];

type NoticeEvent = 'start' | 'stall' | 'end';

export interface Notice {
  readonly event: NoticeEvent;
  readonly run: Pick<Run, 'id' | 'job' | 'comment' | 'operator' | 'tenant' | 'host' | 'emulated'>;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Calls of the run, and those not settled yet; at the end the outcomes say more. */
  readonly calls?: number;
  readonly open?: number;
  readonly exitCode?: number;
  /** Ended, and something is left to be sent or found out. */
  readonly resumable?: boolean;
  readonly outcomes?: Readonly<Record<string, number>>;
  /** Why it stalls, or why it ended as it did. */
  readonly why?: string;
}

/** The body to be posted. */
export function noticeBody(notice: Notice, format: NoticeFormat): object {
  return format === 'teams' ? teamsMessage(notice) : noticeJson(notice);
}

/** Field by field, because a run holds more than others need to know; what is undefined is left out by JSON. */
function noticeJson({ event, run, at, calls, open, exitCode, resumable, outcomes, why }: Notice): object {
  const { id, job, comment, operator, tenant, host, emulated } = run;
  const text = titleOf({ event, run, exitCode });
  return {
    event,
    text,
    at: new Date(at).toISOString(),
    run: { id, job, comment, operator, tenant, host, emulated },
    calls,
    open,
    outcomes,
    exitCode,
    resumable,
    why,
  };
}

/** @see https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using */
function teamsMessage(notice: Notice): object {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      { type: 'TextBlock', text: noLink(titleOf(notice)), weight: 'Bolder', size: 'Medium', wrap: true, color: colorOf(notice) },
      { type: 'FactSet', facts: factsOf(notice).map(([title, value]) => ({ title, value: noLink(value) })) },
    ],
  };
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] };
}

function titleOf({ event, run, exitCode }: Pick<Notice, 'event' | 'run'> & { exitCode?: number | undefined }): string {
  const words = { start: 'begins to send', stall: 'has stalled', end: `ended with exit code ${exitCode}` };
  return `${run.emulated ? 'EMULATED: ' : ''}cordon ${run.job}: run ${run.id} ${words[event]}`;
}

function factsOf({ run, calls, open, resumable, outcomes, why }: Notice): [string, string][] {
  const facts: [string, string | undefined][] = [
    ['Comment', run.comment],
    ['Tenant', `${run.tenant || 'as the token says'} (${run.host})`],
    ['Operator', run.operator],
    ['Calls', calls === undefined ? undefined : `${calls}, ${open} of them not settled`],
    ['Rows', outcomes && describeCounts(ordered(outcomes))],
    ['Why', why],
    ['Next', resumable ? `cordon resume ${run.id}` : undefined],
  ];
  return facts.flatMap(([title, value]) => (value === undefined ? [] : [[title, value]]));
}

function colorOf({ event, exitCode }: Notice): string {
  if (event === 'start') return 'Default';
  return event === 'end' && exitCode === 0 ? 'Good' : 'Warning';
}

/** Cards read Markdown; words from the API or the operator must not become a link that others click on. */
function noLink(text: string): string {
  return text.replaceAll('](', '] (');
}
