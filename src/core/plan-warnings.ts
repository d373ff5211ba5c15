/** What a plan says about a machine beside its outcome. Pure. */
import { instantOf } from './instant.ts';
import type { MachineAction, MachineFacts } from './types.ts';

/** " since 2026-11-20T08:00:00Z by ana", as far as the action says so. */
export function sinceAndBy({ creationDateTimeUtc, requestor }: MachineAction): string {
  return `${creationDateTimeUtc ? ` since ${creationDateTimeUtc}` : ''}${requestor ? ` by ${requestor}` : ''}`;
}

const OPEN = 'open action';

/** "open action since 2026-11-20T08:00:00Z by ana" */
export function openAction(action: MachineAction): string {
  return `${OPEN}${sinceAndBy(action)}`;
}

/** Since when the action is open that a row's message begins with (ms since the epoch); undefined where it does not say. */
export function openSinceIn(message: string | null): number | undefined {
  const since = instantOf(/^open action(?: of .*?)? since (\S+)/.exec(message ?? '')?.[1]?.replace(/;$/, '') ?? '');
  return Number.isNaN(since) ? undefined : since;
}

/** Reasons to look twice, and what a count of them says: "184 inactive: would wait up to three days". */
export const WARNINGS = {
  inactive: 'inactive: would wait up to three days, then time out',
  unreachable: 'not connected to the command channel: would wait up to three days, then time out',
  job: "with a warning of this job's own: see their rows",
  'duplicate-record': 'possible duplicate records: the machine may have another record that answers',
  'same-name': 'with another record of the same DNS name',
  'portal-excluded': 'excluded in the Defender portal',
  server: 'servers',
  'open-action': 'with an open action of the same type',
  opposed: 'with an open action that would take it back',
  impossible: 'that facts say cannot take the action, called because of --call-ineligible',
} as const;
export type WarningKind = keyof typeof WARNINGS;

/** One thing worth knowing about one machine. */
export interface Warning {
  readonly kind: WarningKind;
  readonly text: string;
}

const DAY_MS = 86_400_000;

/** What is worth knowing before calling a machine, whatever the job; never a reason not to. */
export function warningsAbout(facts: MachineFacts, now: number): Warning[] {
  const { osPlatform } = facts;
  const warnings: Warning[] = [];
  const silence = silenceOf(facts, now);
  if (silence) warnings.push(silence);
  if (facts.isPotentialDuplication) warnings.push({ kind: 'duplicate-record', text: 'possible duplicate record' });
  if (facts.isExcluded) warnings.push({ kind: 'portal-excluded', text: 'excluded in the Defender portal' });
  if (osPlatform && /server/i.test(osPlatform)) warnings.push({ kind: 'server', text: `server (${osPlatform})` });
  return warnings;
}

/** @see mde-actions.md §10: ImpairedCommunication is "not connected to the command channel", Inactive has none either */
function silenceOf({ healthStatus, lastSeen }: MachineFacts, now: number): Warning | undefined {
  const days = lastSeen ? Math.floor((now - instantOf(lastSeen)) / DAY_MS) : 0;
  const wait = 'would wait up to three days, then time out';
  if (healthStatus !== null && healthStatus !== 'Active') {
    const kind = /impaired/i.test(healthStatus) ? 'unreachable' : 'inactive';
    return { kind, text: `${healthStatus}${days > 0 ? ` for ${days} days` : ''}: ${wait}` };
  }
  return days > 7 ? { kind: 'inactive', text: `last seen ${days} days ago: ${wait}` } : undefined;
}
